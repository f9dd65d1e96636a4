"""Data of users: tables, images, texts and arrays, read so that nothing is silently changed."""
