"""What the page Load a model is made of."""
