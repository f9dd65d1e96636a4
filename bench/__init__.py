"""Speed as ratios in one run: each module measures one thing and prints one table."""
