"""What the page Prune is made of."""
