"""Perturbations of feature maps in training, attached to stages of a network."""
