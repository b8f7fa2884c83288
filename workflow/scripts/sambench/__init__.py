"""sambench: benchmark of Segment Anything adaptations on medical images."""

__version__ = "0.1.0"
