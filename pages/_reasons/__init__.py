"""What the page Reasons is made of, beside what stands in its tabs."""
