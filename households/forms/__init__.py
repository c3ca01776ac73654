"""Forms of acts at the household file."""
