"""The choices of all pages together."""
