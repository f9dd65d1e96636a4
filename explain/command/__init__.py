"""The command line: one file a command; `explain.__main__` puts them together."""
