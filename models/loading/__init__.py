"""Files of users: parsed by readers of our own, never executed."""
