"""What every page shows: the menu of the user's role, the inbox count, the day."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.roles import can
from alerts.inbox import count_shown
from common import clock
from common.ledger import registry

# Ledgers by the group of the menu under which officials look for them.
MENU_LEDGERS = ["households", "persons", "employments", "settlements", "divisions", "deadlines", "posts"]
MENU_FILE = [
    "visits",
    "household-plans",
    "risk-cases",
    "incomes",
    "household-events",
    "transfers",
    "cadre-links",
    "grids",
]
MENU_SUPERVISION = [
    "rectification-items",
    "accountability-records",
    "inspections",
    "inspection-plans",
    "samples",
    "responsibility-tasks",
    "dispatches",
    "meetings",
    "supervision-orders",
    "disclosures",
]

# Ledgers that are opened by a page of their own, or with the latest first.
BOARDS = {"responsibility-tasks": "/responsibility/", "disclosures": "/ledgers/disclosures/?sort=-at"}


def page(request: HttpRequest) -> dict:
    """Context of templates/base.html; needs a database only for people who are signed in."""
    base = {"site_name": _("Relocation follow-up"), "today": clock.today()}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return base
    mine = count_shown(user, clock.today())
    finds = can(user, "read", "households")
    return {**base, "menu": _menu(request, mine), "inbox_count": mine, "finds": finds}


def _household_file(user) -> list[tuple[str, str]]:
    """The ledgers of the file that are used daily, and the pages that tell how far the files have come."""
    pages = [
        (_("Confirmation"), "/confirmations/", "confirmations"),
        (_("Homes and titles"), "/homes/", "titles"),
        (_("Old houses"), "/old-houses/", "old-houses"),
    ]
    return [*_ledgers(user, MENU_FILE), *((label, url) for label, url, key in pages if can(user, "read", key))]


def _menu(request: HttpRequest, mine: int) -> list[dict]:
    user = request.user
    ledgers = _ledgers(user, MENU_LEDGERS)
    supervision = _ledgers(user, MENU_SUPERVISION)
    if can(user, "read", "rectification-items"):
        supervision.insert(1, (_("Zero-clearing"), f"/rectification/progress/?region={_home(user)}"))
    groups = [
        (
            "",
            [
                (_("Inbox"), "/inbox/"),
                (_("Calendar"), "/calendar/"),
                *([(_("Find people"), "/find/")] if can(user, "read", "households") else []),
                (_("Dashboard"), f"/dashboard/?region={_home(user)}"),
            ],
        ),
        (
            _("Work"),
            [
                *(
                    [(_("Roster import"), "/ledgers/county-roster/import/")]
                    if can(user, "import", "county-roster")
                    else []
                ),
                *(
                    [(_("Zero-employment list"), "/ledgers/zero-households/")]
                    if can(user, "read", "zero-households")
                    else []
                ),
                *(
                    [(_("Roster export"), "/ledgers/county-roster/export/")]
                    if can(user, "export", "county-roster")
                    else []
                ),
                (_("Background jobs"), "/jobs/"),
            ],
        ),
        (_("Supervision"), supervision),
        (_("Household file"), _household_file(user)),
        (_("Ledgers"), ledgers),
        (
            _("Administration"),
            [
                (_("Accounts"), "/accounts/users/"),
                (_("Code lists"), "/ledgers/code-items/"),
                *((str(registry[key].title), f"/ledgers/{key}/") for key in ("calendar-days", "webhooks")),
            ]
            if user.role_grants.administers
            else [],
        ),
        (_("My account"), [(_("Settings"), "/settings/"), (_("Change password"), "/password/")]),
    ]
    return [
        {
            "title": title,
            "items": [
                {
                    "label": label,
                    "url": url,
                    "active": request.path.startswith(url.split("?")[0]),
                    "count": mine if url == "/inbox/" else None,
                }
                for label, url in items
            ],
        }
        for title, items in groups
        if items
    ]


def _ledgers(user, keys: list[str]) -> list[tuple[str, str]]:
    return [(str(registry[key].title), BOARDS.get(key, f"/ledgers/{key}/")) for key in keys if can(user, "read", key)]


def _home(user) -> str:
    return f"{user.home_region:012d}" if user.home_region else "0"
