"""From an eager module to the lifted network: traced, translated, compared."""
