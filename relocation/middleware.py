"""Middleware that needs to know the whole project."""

from __future__ import annotations

from common import clock
from compliance import tick

# Asked by machines many times a minute, and right whatever the day.
WITHOUT_TICK = ("/healthz", "/readyz", "/metrics", "/static/")


class DayTickMiddleware:
    """The first request of a day begins it, if the beat has not, in transactions before the request's own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(WITHOUT_TICK):
            tick.ensure(clock.today())
        return self.get_response(request)
