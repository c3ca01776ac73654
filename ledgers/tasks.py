"""The long work of ledgers, for the worker to know: importing the modules registers their handlers with the jobs."""

from ledgers.exports import sessions as exports
from ledgers.imports import sessions as imports

__all__ = ["exports", "imports"]
