"""Every figure of speed, memory and accuracy that numpen claims, as a command: `make bench`."""
