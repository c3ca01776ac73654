"""The collection and the members of a ledger."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import roles
from common.ledger import Ledger, registry
from common.problems import Conflict, Problem, Refused
from common.values import shown
from ledgers import actions
from ledgers.access import LONGEST_ID, ledger_for, member_of
from ledgers.api.composite import check_payload, save_plan
from ledgers.api.parsing import FastJSONParser
from ledgers.api.representation import api_columns, json_answer, shape, with_children
from ledgers.filters import select
from ledgers.queries import order_of, read_page

USUAL_LIMIT, MOST = 100, 1000
OWN_PARAMETERS = frozenset({"cursor", "limit", "sort", "format"})


class LedgerView(APIView):
    """A view of one ledger; subclasses made by `ledgers.api.urls` name it."""

    ledger_key: str
    parser_classes = [FastJSONParser]

    def ledger(self, act: str) -> Ledger:
        ledger = ledger_for(self.request.user, self.ledger_key, act)
        if act == "write" and not ledger.entry:
            raise MethodNotAllowed(self.request.method)
        return ledger


class CollectionView(LedgerView):
    def get(self, request: Request) -> HttpResponse:
        """Standing rows in the user's area, page by page; every filter of the list page works here."""
        ledger = self.ledger("read")
        selection = select(ledger, request.query_params.dict(), request.user, ignore=OWN_PARAMETERS)
        if selection.problems:
            raise Refused(selection.problems)
        try:
            order = order_of(ledger, request.query_params.get("sort", ""))
            page = read_page(
                selection.apply(ledger.rows(request.user)),
                api_columns(ledger),
                order,
                _limit(request),
                request.query_params.get("cursor", ""),
            )
        except ValidationError as error:
            raise Refused(
                [
                    Problem(
                        0,
                        "cursor" if error.code == "bad_cursor" else error.code.removeprefix("unknown_"),
                        "",
                        error.code,
                        error.messages[0],
                    )
                ]
            ) from error
        return json_answer(
            {
                "next": _address(request, page.next),
                "previous": _address(request, page.previous),
                "results": shape(ledger, page.rows),
            }
        )

    def post(self, request: Request) -> HttpResponse:
        """One object, or a list of them in one unit of work. A row whose key is stored already is changed."""
        ledger = self.ledger("write")
        single = not isinstance(request.data, list)
        payloads = _objects([request.data] if single else request.data)
        saved = save_plan(check_payload(ledger, payloads, request.user), by=request.user)
        items = _present(ledger, [obj.pk for obj in saved.objects], request.user)
        status = 201 if saved.new else 200
        return _one(items[0], status) if single else json_answer(items, status)


class MemberView(LedgerView):
    def get(self, request: Request, member: str) -> HttpResponse:
        """One row, voided ones included, with the rows that hang on it."""
        ledger = self.ledger("read")
        stored = member_of(ledger, request.user, member)
        return _one(_present(ledger, [stored.pk], request.user)[0])

    def patch(self, request: Request, member: str) -> HttpResponse:
        """Change what is told; `version` (or If-Match with the ETag that was read), if told, must be the stored one.

        What hangs on the member may come along. Without a version it is a change of the values that are told and of no
        others, whatever somebody else has saved meanwhile.
        """
        ledger = self.ledger("write")
        stored = member_of(ledger, request.user, member)
        _refuse_voided(stored)
        payload = _objects([request.data])[0]
        if (version := _version_matched(request)) is not None:
            payload = {"version": version} | payload
        plan = check_payload(ledger, [payload], request.user, stored=[stored], partial=True)
        save_plan(plan, by=request.user)
        return _one(_present(ledger, [stored.pk], request.user)[0])

    def delete(self, request: Request, member: str) -> HttpResponse:
        """Void the member; the reason stands in the body (`{"reason": ...}`) or in the header X-Reason. If-Match with the
        ETag that was read voids nothing that was changed since."""
        ledger = self.ledger("write")
        stored = member_of(ledger, request.user, member)
        _refuse_voided(stored)
        if _version_matched(request) not in (None, getattr(stored, "version", None)):
            raise Conflict({}, stored.version)
        actions.void(ledger, [stored.pk], reason_of(request), request.user)
        return HttpResponse(status=204)


class IndexView(APIView):
    """Where everything is: the collections that the user may read, and the schema."""

    def get(self, request: Request) -> HttpResponse:
        at: Callable[[str], str] = request.build_absolute_uri
        return json_answer(
            {
                "schema": at("/api/v1/schema/"),
                "collections": {
                    ledger.key: at(f"/api/v1/{ledger.key}/")
                    for ledger in registry
                    if roles.can(request.user, "read", ledger.key)
                },
            }
        )


def reason_of(request: Request) -> str:
    """The reason for voiding or withdrawing, from the body or the header X-Reason."""
    body = request.data if isinstance(request.data, dict) else {}
    reason = body.get("reason") or request.headers.get("X-Reason", "")
    if not isinstance(reason, str):
        raise Refused([Problem(0, "reason", "", "bad_type", _("The reason is a text."))])
    return reason


def _one(item: dict, status: int = 200) -> HttpResponse:
    """One row, with its version as the ETag."""
    headers = {"ETag": f'"{item["version"]}"'} if "version" in item else {}
    return json_answer(item, status, **headers)


def _version_matched(request: Request) -> int | None:
    """The version that the header If-Match tells; None without one, or where any will do."""
    tag = request.headers.get("If-Match", "*").strip()
    if tag == "*":
        return None
    number = tag.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) >= LONGEST_ID:
        message = _("If-Match holds the ETag of the record as it was read: its version in quotation marks.")
        raise Refused([Problem(0, "version", shown(tag), "bad_number", message)])
    return int(number)


def _limit(request: HttpRequest) -> int:
    raw = request.query_params.get("limit", "") or str(USUAL_LIMIT)
    if not raw.isdecimal() or not 1 <= len(raw) <= 6 or not 1 <= int(raw) <= MOST:
        message = _("The limit is a whole number from 1 to %(most)s.")
        raise Refused([Problem(0, "limit", raw[:40], "out_of_range", message % {"most": MOST})])
    return int(raw)


def _address(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    kept = {name: value for name, value in request.query_params.dict().items() if name != "cursor"}
    return request.build_absolute_uri(f"{request.path}?{urlencode(kept | {'cursor': cursor})}")


def _objects(payloads: list) -> list[dict]:
    """The payloads, if each is a JSON object and they are not too many."""
    problems = [
        Problem(index, "", "", "bad_type", _("A JSON object is needed here."))
        for index, payload in enumerate(payloads)
        if not isinstance(payload, dict)
    ]
    if not payloads or len(payloads) > MOST:
        message = _("From 1 to %(most)s objects can be sent at once.")
        problems = [Problem(0, "", str(len(payloads)), "too_many", message % {"most": MOST})]
    if problems:
        raise Refused(problems)
    return payloads


def _present(ledger: Ledger, ids: list[int], user) -> list[dict]:
    """The rows with these ids, in their order, with what hangs on them."""
    found = {item["id"]: item for item in with_children(ledger, ledger.readable(user).filter(pk__in=ids), user)}
    return [found[pk] for pk in ids if pk in found]


def _refuse_voided(stored) -> None:
    if getattr(stored, "voided_at", None):
        message = _("This record was voided and can no longer be changed.")
        raise Refused([Problem(0, "", "", "voided", message)])
