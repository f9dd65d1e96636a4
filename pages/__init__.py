"""The pages: thin files over the back end."""
