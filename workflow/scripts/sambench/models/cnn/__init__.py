"""Convolutional networks of the methods of single-source domain generalisation."""
