"""What the page Modules is made of."""
