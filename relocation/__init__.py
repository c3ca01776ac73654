"""The project: settings, addresses, servers. The only package that knows every app."""

from relocation.celery import app as celery_app

__all__ = ["celery_app"]
