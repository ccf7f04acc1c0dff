"""The lab: a page in the browser that makes a network visible."""
