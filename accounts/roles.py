"""Who may do what, as data. A role's grant names ledgers by key; "*" is all of them.

`clear` is the right to read personal data in the clear within one's own scope; every other role masks it and may
disclose single values with a reason, which is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from common.terms import Term, term

ADMINISTERED = frozenset({"users", "divisions", "code-items", "parameters", "calendar-days", "webhooks"})
# Not even read by others: who has an account, and where messages are sent.
ADMINISTRATORS_ALONE = frozenset({"users", "webhooks"})
# Who looked at whose data is read by those who look back and by the administrator alone: it would tell those who are visited
# unannounced that somebody has looked at their households.
FOR_LOOKING_BACK = frozenset({"disclosures"})
# What those who look on from above keep themselves: they supervise, and enter no household.
SUPERVISION = frozenset(
    {
        "problem-classes",
        "accountability-records",
        "inspection-plans",
        "inspections",
        "inspection-checks",
        "inspection-results",
        "checklists",
        "checklist-questions",
        "samples",
        "sample-households",
        "sample-answers",
        "meetings",
        "meeting-decisions",
        "dispatches",
        "dispatch-entries",
        "supervision-orders",
        "cross-county-groups",
        "secondments",
        "cadre-trainings",
        "posts",
        "post-holdings",
        "units",
        "thresholds",
    }
)
RECTIFICATION = frozenset({"rectification-items", "responsibility-tasks", "task-reports"})
TRANSFERS = frozenset({"transfers"})  # between counties: asked for by whoever enters, answered by a county alone
# Confirmed files are accepted or returned by the level above.
DECIDED_ABOVE = RECTIFICATION | {"confirmations"}


@dataclass(frozen=True)
class Role:
    key: str
    label: Term
    read: frozenset[str] = frozenset({"*"})
    write: frozenset[str] = frozenset()
    import_: frozenset[str] = frozenset()
    export: frozenset[str] = frozenset()
    decide: frozenset[str] = frozenset()  # verify, return and close what a lower level has submitted
    clear: bool = False
    administers: bool = False
    looks_back: bool = False


def _some(*keys: str) -> frozenset[str]:
    return frozenset(keys)


ROLES: dict[str, Role] = {
    role.key: role
    for role in [
        Role(
            "county",
            term("county official", "县级填报员"),
            write=_some("*"),
            import_=_some("*"),
            export=_some("*"),
            decide=DECIDED_ABOVE | TRANSFERS,
            clear=True,
        ),
        Role(
            "township",
            term("township official", "乡镇填报员"),
            write=_some("*"),
            import_=_some("*"),
            export=_some("*"),
            clear=True,
        ),
        Role(
            "city",
            term("city reviewer", "市级审核员"),
            write=SUPERVISION,
            import_=SUPERVISION,
            export=_some("*"),
            decide=DECIDED_ABOVE,
        ),
        Role(
            "province",
            term("provincial reviewer", "省级审核员"),
            write=SUPERVISION,
            import_=SUPERVISION,
            export=_some("*"),
            decide=DECIDED_ABOVE,
        ),
        Role(
            "drc",
            term("DRC staff", "发展改革部门"),
            write=SUPERVISION | RECTIFICATION,
            import_=SUPERVISION | RECTIFICATION,
            export=_some("*"),
            decide=DECIDED_ABOVE,
        ),
        Role(
            "department",
            term("department", "行业部门"),
            read=_some(
                "employments",
                "employers",
                "trainings",
                "persons",
                "households",
                "settlements",
                "divisions",
                "alerts",
                "deadlines",
                "county-roster",
                "rectification-items",
                "accountability-records",
                "responsibility-tasks",
                "task-reports",
                "dispatches",
                "dispatch-entries",
                "meetings",
                "meeting-decisions",
                "supervision-orders",
            ),
            # Of the rectification ledgers its own tasks alone: which those are, the acts themselves ask.
            write=_some(
                "employments",
                "employers",
                "trainings",
                "rectification-items",
                "task-reports",
                "dispatch-entries",
                "supervision-orders",
            ),
            import_=_some("employments"),
            export=_some("employments", "employers", "trainings", "responsibility-tasks"),
        ),
        Role("auditor", term("auditor", "审计人员"), looks_back=True),
        Role(
            "integrator",
            term("integrator", "系统对接"),
            write=_some("*"),
            import_=_some("*"),
            export=_some("*"),
            clear=True,
        ),
        Role(
            "admin",
            term("administrator", "系统管理员"),
            write=ADMINISTERED,
            import_=_some("divisions", "calendar-days"),
            export=_some("*"),
            administers=True,
            looks_back=True,
        ),
    ]
}
ROLE_CHOICES = [(role.key, role.label) for role in ROLES.values()]

ACTS = {
    "read": term("read", "查看"),
    "write": term("enter and change", "录入和修改"),
    "import": term("import", "导入"),
    "export": term("export", "导出"),
    "decide": term("verify and decide", "审核和决定"),
}


def check(user, act: str, key: str) -> None:
    """Refuse with a reason in the user's words unless the user's role may do `act` on the ledger `key`."""
    if not getattr(user, "is_authenticated", False):
        raise PermissionDenied(_("Please sign in."))
    role = user.role_grants
    granted = role.import_ if act == "import" else getattr(role, act)
    # Administration is never part of "*": it is named or it is not granted.
    allowed = key in granted or ("*" in granted and (act == "read" or key not in ADMINISTERED))
    if key in ADMINISTRATORS_ALONE and not role.administers:
        allowed = False
    if key in FOR_LOOKING_BACK and not role.looks_back:
        allowed = False
    if not allowed:
        raise PermissionDenied(
            _("The role %(role)s may not %(act)s here. Ask your administrator if you need it.")
            % {"role": role.label, "act": ACTS[act]}
        )


def can(user, act: str, key: str) -> bool:
    try:
        check(user, act, key)
    except PermissionDenied:
        return False
    return True
