"""One grain a file: a function that says where entries lie, and its record."""
