"""Views of a batch: one changed batch is an augmentation, several are views."""
