"""Pretrain `sam_nano`, the small SAM of the demo, on procedurally drawn shapes."""
