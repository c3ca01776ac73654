"""Dashboard, list page and API page at province scale: time in the database, and requests against bare Django views.

Requests go through Django's own test client, in this process: neither side pays for a web server or a network. The bare
views answer JSON behind no middleware, without session, rights or scope, from the same tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Sum
from django.http import JsonResponse
from django.test import Client, override_settings
from django.urls import path

from accounts.models import User
from bench import databases
from bench.measuring import Figure, Turn, compare
from common import scope
from common.ledger import registry
from compliance.counters import grouped
from compliance.models import Counter
from compliance.profiles import COUNTED
from households.models import Household
from ledgers.queries import encode_cursor
from relocation.demo import accounts

PROVINCE = 520000000000
DASHBOARD = f"/dashboard/?region={PROVINCE}"
TURNS = 30
PAGE = 50


def _bare_dashboard(request) -> JsonResponse:
    with scope.whole():
        sums = {name: Sum(name) for name in COUNTED}
        return JsonResponse(Counter.objects.aggregate(**sums))


def _bare_list(request) -> JsonResponse:
    names = [column.path for column in registry["households"].columns if not column.path.startswith("verdict")]
    with scope.whole():
        rows = Household.objects.order_by("region", "id").values("id", *names)[:PAGE]
        return JsonResponse({"results": list(rows)})


urlpatterns = [path("bare/dashboard", _bare_dashboard), path("bare/list", _bare_list)]


def dashboard() -> Iterator[Figure]:
    with databases.using("bench_province"):
        client = _signed_in("province")
        client.get(DASHBOARD)
        yield compare("dashboard-database", lambda: _database_time(client, DASHBOARD), _on_demand, pairs=15)
        yield compare("dashboard-page", _request(client, DASHBOARD), _bare("/bare/dashboard"), pairs=TURNS)


def lists() -> Iterator[Figure]:
    with databases.using("bench_province"):
        page, api = _signed_in("province"), Client(SERVER_NAME="localhost", headers={"Authorization": _token()})
        cursor = _deep_cursor()
        for name, client, first, deep in (
            ("list-page", page, "/ledgers/households/", f"/ledgers/households/?at={cursor}"),
            ("list-api", api, f"/api/v1/households/?limit={PAGE}", f"/api/v1/households/?limit={PAGE}&cursor={cursor}"),
        ):
            yield compare(name, _request(client, first), _bare("/bare/list"), pairs=TURNS)
            yield compare(f"{name}-deep", _request(client, deep), _bare("/bare/list"), pairs=TURNS)
            yield compare(f"{name}-depth", _request(client, deep), _request(client, first), pairs=TURNS)


def _signed_in(username: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    with scope.whole():
        client.force_login(User.objects.get(username=username))
    return client


def _token() -> str:
    _accounts, _password, key = accounts.make_accounts()
    return f"Token {key}"


def _deep_cursor() -> str:
    """The place in the household ledger nine tenths down."""
    with scope.whole():
        rows = Household.objects.order_by("region", "id")
        return encode_cursor(rows.values_list("region", "id")[rows.count() * 9 // 10])


def _request(client: Client, address: str) -> Turn:
    def turn() -> float:
        began = time.perf_counter()
        response = client.get(address)
        took = time.perf_counter() - began
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        return took

    turn()
    return turn


def _bare(address: str) -> Turn:
    """Requests to a view of this module, with Django's handler and no middleware."""
    client = Client(SERVER_NAME="localhost")

    @contextmanager
    def alone() -> Iterator[None]:
        with override_settings(MIDDLEWARE=[], ROOT_URLCONF=__name__):
            yield

    with alone():
        request = _request(client, address)

    def turn() -> float:
        with alone():
            return request()

    return turn


def _database_time(client: Client, address: str) -> float:
    """Seconds that the request spends in the database, transaction statements left out."""
    spent: list[float] = []

    def watch(execute: Callable, sql, parameters, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, parameters, many, context)
        finally:
            spent.append(time.perf_counter() - began)

    with connection.execute_wrapper(watch):
        client.get(address)
    return sum(spent)


def _on_demand() -> float:
    """Seconds for the same figures without counters: one statement over the verdicts."""
    began = time.perf_counter()
    with scope.whole(), connection.cursor() as cursor:
        cursor.execute(grouped())
        cursor.fetchall()
    return time.perf_counter() - began
