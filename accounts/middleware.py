"""One transaction a request, in the scope of its user."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.shortcuts import redirect

from common import scope

# What an account may reach whose password was given by somebody else and not yet changed.
WITH_GIVEN_PASSWORD = ("/password/", "/logout/", "/i18n/")


class RequestTransactionMiddleware:
    """Spans the whole request, rendering included, and undoes everything when it ends in a server error.

    ATOMIC_REQUESTS would end before a template is rendered. A streaming answer outlives the request and opens its own.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        request.id = uuid.uuid4().hex
        ranges = user.ranges if user.is_authenticated else scope.NOTHING
        if user.is_authenticated and user.must_change_password and not request.path.startswith(WITH_GIVEN_PASSWORD):
            return redirect("password")
        with scope.acting(ranges, actor=user.pk, request=request.id):
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "undo", False):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request, exception):
        request.undo = True
