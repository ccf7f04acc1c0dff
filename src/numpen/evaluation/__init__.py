"""How good is it, and why did it say that."""
