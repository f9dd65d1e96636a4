"""What the page Attribution is made of."""
