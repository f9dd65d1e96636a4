"""The model card: read strictly, guessed from the network, written beside what is saved."""
