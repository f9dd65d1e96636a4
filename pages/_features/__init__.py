"""What the tab Inside is made of."""
