"""Files of labelled pictures, read and written."""
