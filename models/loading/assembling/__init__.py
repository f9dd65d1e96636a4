"""From an opened file, its card and its data to a subject."""
