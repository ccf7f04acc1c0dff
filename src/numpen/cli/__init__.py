"""`numpen COMMAND`: parse, call one function, print."""
