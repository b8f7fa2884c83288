"""Measures of one prediction against one label, and the score rows made of them."""
