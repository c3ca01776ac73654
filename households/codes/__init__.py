"""Code lists of the household file."""
