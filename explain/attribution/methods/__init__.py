"""One attribution method a file."""
