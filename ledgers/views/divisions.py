"""The search behind the division box: by code, by beginning of the name, by pinyin initials."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from common import clock, scope
from common.values import fold
from divisions.models import Division
from ledgers.filters import prefix

MOST = 20
CODE_DIGITS = 12


@login_required
@require_safe
def search(request: HttpRequest) -> JsonResponse:
    """`?q=` gives {"results": [{code, name, path}]}, at most 20, those of the user's own area first."""
    query = fold(request.GET.get("q", ""))[:30]
    if not query:
        return JsonResponse({"results": []})
    today = clock.today()
    rows = Division.objects.in_force(today)
    if query.isdecimal() and query.isascii():
        rows = rows.filter(
            code__gte=int(query[:12].ljust(CODE_DIGITS, "0")), code__lte=int(query[:12].ljust(CODE_DIGITS, "9"))
        )
    elif query.isascii():
        rows = rows.filter(prefix("initials", query.lower()))
    else:
        rows = rows.filter(prefix("name", query))
    own = Case(
        When(scope.in_ranges(request.user.ranges, "lo"), then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found = list(rows.order_by(own, "level", "code").values_list("code", "name")[:MOST])
    above = {code: [scope.ancestor(code, level) for level in range(1, scope.level_of(code))] for code, _name in found}
    names = dict(
        Division.objects.in_force(today)
        .filter(code__in={c for codes in above.values() for c in codes})
        .values_list("code", "name")
    )
    return JsonResponse(
        {
            "results": [
                {"code": str(code), "name": name, "path": " ".join([*(names.get(c, "") for c in above[code]), name])}
                for code, name in found
            ]
        }
    )
