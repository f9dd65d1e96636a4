"""One criterion a file: a function that scores and its record."""
