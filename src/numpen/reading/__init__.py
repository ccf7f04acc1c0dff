"""A real picture to digits."""
