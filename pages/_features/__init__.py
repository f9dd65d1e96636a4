"""What the page Feature maps is made of."""
