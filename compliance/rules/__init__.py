"""The executable rules of this app, one file each; importing them puts them into the rule book."""

from compliance.rules import r092, r172

__all__ = ["r092", "r172"]
