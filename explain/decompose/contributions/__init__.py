"""What modules add to an answer: hidden, run in every needed set, and counted."""
