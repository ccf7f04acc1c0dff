"""Functions run on many cores."""
