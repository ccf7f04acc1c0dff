"""A model in the formats of other programs; each answers as numpen does, from the pixels to the probabilities."""
