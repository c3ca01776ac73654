"""Pages of the household file."""
