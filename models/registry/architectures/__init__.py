"""The architectures, one family in a file."""
