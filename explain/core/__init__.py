"""The values that travel: frozen data, parameter specs, errors and provenance."""
