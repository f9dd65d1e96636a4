"""Readers and writers of model files, by content; nothing of a file is executed."""
