"""The values that travel: frozen data, records of methods, errors and provenance."""
