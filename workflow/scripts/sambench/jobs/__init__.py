"""What the rules of the workflow ask: the files and parameters of each job.

Needs nothing of Snakemake: wildcards come as any object with their names.
"""
