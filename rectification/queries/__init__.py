"""Readings of the supervision ledgers, one module a subject."""
