"""Figures as SVG and PNG, one file each; a function draws one.

Its `stem` is the path of both files without a suffix, its `context` says what the
figure is of and gives methods their order; `scores` are the rows of one benchmark, with
the columns of `sambench.metrics.scores_file.SCHEMA`.
"""
