"""What the tab Parts is made of."""
