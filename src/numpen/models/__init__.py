"""A trained network as a thing to keep and hand on."""
