"""Short-lived processes in which files of users are read."""
