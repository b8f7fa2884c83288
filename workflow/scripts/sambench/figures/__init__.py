"""Figures in one style, saved as SVG and PNG with the same bytes for the same data."""
