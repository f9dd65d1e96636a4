"""The built-in networks: one file each, listed in `models.catalog`."""
