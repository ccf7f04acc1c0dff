"""Searching for a better recipe: spaces of recipes, trials of them on held-out writers, and a journal on disk."""
