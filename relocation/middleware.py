"""Middleware that needs to know the whole project."""

from __future__ import annotations

from alerts.inbox import forget_count
from common import clock
from compliance import tick

# Asked by machines many times a minute, and right whatever the day.
WITHOUT_TICK = ("/healthz", "/readyz", "/metrics", "/static/")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class DayTickMiddleware:
    """The first request of a day begins it, if the beat has not, in transactions before the request's own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(WITHOUT_TICK):
            tick.ensure(clock.today())
        return self.get_response(request)


class InboxCountMiddleware:
    """After what a user has done, the count beside the inbox is counted anew for that user."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and request.user.is_authenticated:
            forget_count(request.user, clock.today())
        return response
