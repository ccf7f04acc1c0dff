"""A picture as the network wants it."""
