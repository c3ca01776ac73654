"""Readings of households and of all that their files hold."""
