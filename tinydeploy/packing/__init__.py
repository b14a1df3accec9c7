"""Filters, biases and requantization as the fast kernels read them, proven exact."""
