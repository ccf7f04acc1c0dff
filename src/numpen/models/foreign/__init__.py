"""Weights that other programs saved: read safely, put in order, and tried until the network works."""
