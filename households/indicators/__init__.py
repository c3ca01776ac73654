"""Figures computed from the rows of the household file."""
