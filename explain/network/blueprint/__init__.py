"""A network as plain values and tensors, for another process or a file, and built again."""
