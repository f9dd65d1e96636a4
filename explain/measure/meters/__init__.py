"""One metric a file: a function and its record."""
