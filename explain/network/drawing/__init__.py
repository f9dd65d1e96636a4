"""What to draw of a network: which units feed which, and what dies with them."""
