"""What the tab Inputs is made of."""
