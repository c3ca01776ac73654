"""Pages that answer something sent: they have no content of their own for whoever asks for their address later."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods


def answers_post(back: str, told: object) -> Callable:
    """As require_POST for a view that renders a page. Who asks for the page (the language was switched on it, it was
    opened from the browser's history) is led to `back`, which the address's parts fill, and is `told` why."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, *arguments, **parts) -> HttpResponse:
            if request.method == "POST":
                return view(request, *arguments, **parts)
            messages.info(request, str(told))
            return redirect(back.format(**parts))

        return answer

    return decorate
