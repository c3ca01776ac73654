"""The REST API: one collection per ledger, made from its declaration."""

from ledgers.api.problems import problem_handler

__all__ = ["problem_handler"]
