"""Errors of the API: problem+json (RFC 9457) with the same codes and words as forms and sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, server_error
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.ledger import registry
from common.problems import Conflict, Problem, Refused, of_error
from ledgers.masking import shown_as

CONTENT_TYPE = "application/problem+json"
PREFIX = "/api/"


def error_of(problem: Problem) -> dict:
    return {
        "row": problem.row,
        "field": problem.field,
        "value": problem.value,
        "code": problem.code,
        "message": str(problem.message),
    }


def _body(status: int, detail: str, errors: Iterable[Problem] = (), **more) -> dict:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        "errors": [error_of(problem) for problem in errors],
        **more,
    }


def answer(
    status: int, detail: str, errors: Iterable[Problem] = (), headers: Mapping | None = None, **more
) -> Response:
    body = _body(status, detail, errors, **more)
    return Response(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's answer to an address that no view has: a problem for the API's callers, a page for everybody else."""
    if not request.path.startswith(PREFIX):
        return page_not_found(request, exception)
    return JsonResponse(_body(404, _("There is nothing at this address.")), status=404, content_type=CONTENT_TYPE)


def failed(request: HttpRequest) -> HttpResponse:
    """The same for a fault of our own."""
    if not request.path.startswith(PREFIX):
        return server_error(request)
    detail = _("Nothing was saved by this step. The fault has been recorded; please try again in a moment.")
    return JsonResponse(_body(500, detail), status=500, content_type=CONTENT_TYPE)


def problem_handler(exception: Exception, context: dict) -> Response | None:
    """What the API answers to an exception; every one of them undoes the request's transaction.

    None for faults of our own: they end as a server error like those of any page.
    """
    request = context.get("request")
    if request is not None:
        request._request.undo = True
    set_rollback()
    match exception:
        case Refused():
            return answer(400, _refusal(request), exception.problems)
        case Conflict():
            return answer(
                412 if request is not None and "If-Match" in request.headers else 409,
                _("Somebody else changed this record meanwhile."),
                exception.problems,
                current=_plain(exception.current, context),
                version=exception.version,
            )
        case ValidationError():
            return answer(400, _refusal(request), of_error(exception))
        case Http404():
            return answer(404, str(exception) or _("There is nothing at this address."))
        case PermissionDenied():
            return answer(403, str(exception) or _("You have no right to do this."))
        case APIException():
            detail = exception.detail if isinstance(exception.detail, str) else str(exception)
            return answer(exception.status_code, detail, headers=_headers(exception))
    return None


def _refusal(request) -> str:
    if request is not None and request.method == "GET":
        return _("The question was not understood: put the errors right and ask again.")
    return _("Nothing was stored: put the errors right and send it again.")


def _plain(current: dict, context: dict) -> dict:
    """Stored values as an answer can hold them: sensitive ones masked, rows that are referred to by their words."""
    ledger = registry[context["view"].ledger_key]
    found = {}
    for name, value in current.items():
        if name in ledger.by_name:
            value = shown_as(ledger, ledger.by_name[name], value)
            found[name] = value if isinstance(value, str | int | float | bool | None) else str(value)
    return found


def _headers(exception: APIException) -> dict[str, str]:
    headers = {}
    if getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = exception.auth_header
    if getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(exception.wait))
    return headers
