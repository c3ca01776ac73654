"""Photographs and documents kept with rows of any ledger: judged by content, never public, never deleted."""
