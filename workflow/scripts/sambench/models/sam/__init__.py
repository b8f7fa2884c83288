"""The Segment Anything Model: its networks, weights and image encoders."""
