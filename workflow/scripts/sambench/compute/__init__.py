"""What computes: GPUs, processes, precision and memory."""
