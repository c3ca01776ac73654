"""The rule engine: opens, keeps and closes findings, one open finding a rule and subject."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from common import bulk, scope
from common.changes import writing
from common.rule import Rule, rules
from compliance.models import Finding, RuleRun


def evaluate(rule: Rule, *, on: dt.date) -> tuple[int, int, int]:
    """Findings of one rule as of a day: (opened, kept, closed). Repeating it changes nothing.

    A day before the last evaluation is refused: what was found later would be closed before it was opened.
    """
    last = RuleRun.objects.filter(rule=rule.id).aggregate(last=Max("on"))["last"]
    if last and on < last:
        raise ValueError(f"{rule.id} was evaluated on {last} already; findings do not go back to {on}.")
    with scope.whole(source=f"rule:{rule.id}"), writing(on=on):
        failing = {failure.subject: failure for failure in rule.failing(on, [scope.code_range(rule.scope)])}
        standing = list(Finding.objects.filter(rule=rule.id, ledger=rule.ledger, closed_on=None).order_by("id"))
        met = [finding for finding in standing if finding.subject not in failing]
        for finding in met:
            finding.closed_on = on
        bulk.update(met, ["closed_on"])
        known = {finding.subject for finding in standing}
        fresh = [
            Finding(
                rule=rule.id,
                ledger=rule.ledger,
                subject=subject,
                region=failure.region,
                opened_on=on,
                evidence=dict(failure.evidence),
            )
            for subject, failure in failing.items()
            if subject not in known
        ]
        bulk.insert(fresh)
        RuleRun.objects.update_or_create(rule=rule.id, defaults={"on": on, "failing": len(failing)})
    return len(fresh), len(standing) - len(met), len(met)


def library() -> list[dict]:
    """Every rule of the library with its kind of check, whether it is executable, its last run and failing subjects."""
    path = Path(settings.BASE_DIR) / "reference" / "rules.json"
    runs = {run.rule: run for run in RuleRun.objects.all()}
    listed = []
    for entry in json.loads(path.read_text(encoding="utf-8"))["rules"]:
        run = runs.get(entry["id"])
        listed.append(
            {
                "id": entry["id"],
                "check": entry["check"],
                "executable": entry["id"] in rules,
                "last_run": run.on.isoformat() if run else None,
                "failing": run.failing if run else None,
            }
        )
    return listed
