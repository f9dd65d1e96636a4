"""From a text to ids, as the user's network was trained: vocabularies and their rules."""
