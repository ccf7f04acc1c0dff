"""Labelled pictures of digits: where they come from and how they are dealt out."""
