"""The executable rules of this app, one file each; importing them puts them into the rule book."""

from rectification.rules import r242

__all__ = ["r242"]
