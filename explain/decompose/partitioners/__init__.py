"""One partition method a file."""
