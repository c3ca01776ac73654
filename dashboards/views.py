"""The start page of each role, and the dashboard of a division."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import can, check
from common import clock, scope
from compliance.profiles import DEFAULT_PROFILE, PROFILES
from dashboards import presenting
from dashboards.queries import Picture, picture
from divisions.models import Division
from divisions.queries import names_of

START_PAGES = {
    "county": "/inbox/",
    "township": "/inbox/",
    "department": "/inbox/",
    "admin": "/accounts/users/",
    "integrator": "/api/v1/",
}
LOWEST_LEVEL = 4  # a settlement belongs to a township; villages have none of their own


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What is to be done for those who enter, the dashboard for those who look on."""
    return redirect(START_PAGES.get(request.user.role, "/dashboard/"))


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    check(user, "read", "households")
    asked = request.GET.get("region", "").strip()
    if not asked and len(user.ranges) != 1:
        return _choose(request, today)
    region = _region(asked) if asked else user.home_region
    if not scope.contains(user.ranges, region):
        return _choose(request, today, outside=_names([region], today)[0], status=403)
    profile = PROFILES.get(request.GET.get("profile") or DEFAULT_PROFILE)
    if profile is None:
        raise Http404(_("There is no such policy profile."))
    found = picture(region, user, today)
    if not region:
        found.total.name = _("The whole nation")
    return render(
        request,
        "dashboards/dashboard.html",
        {
            "picture": found,
            "profile": profile,
            "profiles": PROFILES.values(),
            "region": _written(region),
            "on": today,
            "breadcrumb": _breadcrumb(found, user),
            "empty": _empty(user) if not found.total.counts["households"] else None,
            "cards": presenting.cards(found, profile),
            "table": presenting.table(found, profile),
            "figures": [presenting.composition(found.total), presenting.tiers(found)],
            "ranking": presenting.ranking(found, profile),
        },
    )


def _region(asked: str) -> int:
    """The code in the address. Raises Http404 unless it names a division from the nation down to a township."""
    if asked == "0":
        return 0
    code = int(asked) if len(asked) == 12 and asked.isdecimal() else 0
    if not code or scope.level_of(code) > LOWEST_LEVEL or not Division.objects.filter(code=code).exists():
        raise Http404(_("There is no division “%(code)s”.") % {"code": asked[:20]})
    return code


def _written(region: int) -> str:
    return f"{region:012d}" if region else "0"


def _names(regions: list[int], on) -> list[str]:
    found = names_of(regions, on)
    return [found.get(region, _written(region)) if region else _("The whole nation") for region in regions]


def _choose(request: HttpRequest, on, outside: str = "", status: int = 200) -> HttpResponse:
    """The user's own divisions to choose from; with `outside`, after the name of one that is none of them."""
    codes = [lo for lo, _hi in request.user.ranges]
    own = [
        {"name": name, "url": f"/dashboard/?region={_written(code)}"}
        for code, name in zip(codes, _names(codes, on), strict=True)
    ]
    return render(request, "dashboards/choose.html", {"own": own, "outside": outside}, status=status)


def _breadcrumb(found: Picture, user) -> list[dict]:
    """From the nation down; only divisions within the user's scope are links."""
    steps = [(0, _("Nation")), *((division.code, division.name) for division in found.path)]
    items = []
    for code, name in steps:
        mine = scope.contains(user.ranges, code)
        url = f"/dashboard/?region={_written(code)}" if mine and code != found.region else ""
        if mine or code:
            items.append({"label": name, "url": url})
    return items


def _empty(user) -> dict:
    if can(user, "import", "county-roster"):
        return {
            "title": _("No households yet"),
            "text": _(
                "Import the roster that you have: it is checked before anything is stored, and the figures follow at once."
            ),
            "action_url": "/ledgers/county-roster/import/",
            "action_label": _("Import a roster"),
        }
    return {
        "title": _("No households yet"),
        "text": _("The figures appear as soon as the counties have imported their rosters."),
    }
