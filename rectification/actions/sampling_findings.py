"""Differences between what a sample found and what is reported, as findings of a kind of their own (no policy names them).

A finding opens when the sample is published (the county sees it), and closes when the system reports what was found, or
when what was found is corrected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.roles import check
from common import bulk
from common.changes import writing
from common.problems import Problem, Refused
from common.scope import reachable
from compliance.models import Finding, Verdict
from rectification.models import Sample, SampleHousehold
from rectification.queries.sampling_rights import LEDGER, why_not_changing

KIND = "SAMPLE"  # stands where findings of rules have the rule's id
SUBJECTS = "households"


def settle_findings(sample: Sample, *, by, on=None) -> tuple[int, int]:
    """Open the findings of a published sample's differences and close those that are met: (opened, closed)."""
    check(by, "write", LEDGER)
    with writing(by=by, on=on) as work:
        sample = reachable(Sample).select_related("unit", "inspection").get(pk=sample.pk)
        if reason := why_not_changing(sample, by):
            raise Refused([Problem(0, "", "", "out_of_scope", reason)])
        if sample.published_on is None:
            message = _("The sample is not published. A finding is seen by its county: publish the sample first.")
            raise Refused([Problem(0, "", sample.title, "not_published", message)])
        return settle_differences(sample, work.on)


def settle_all_findings(*, on: dt.date) -> tuple[int, int]:
    """The nightly round over all published samples, in the scope already set; repeating it changes nothing."""
    opened = closed = 0
    with writing(on=on):
        for sample in Sample.objects.filter(voided_at=None, published_on__isnull=False).order_by("pk"):
            more, fewer = settle_differences(sample, on)
            opened, closed = opened + more, closed + fewer
    return opened, closed


def settle_differences(sample: Sample, on: dt.date) -> tuple[int, int]:
    """The same inside another change: whoever publishes, or records at a published sample, leaves no finding behind."""
    visits = list(sample.households.filter(voided_at=None, reserve=False, result="found").order_by("pk"))
    reported = dict(
        Verdict.objects.filter(pk__in=[visit.household_id for visit in visits]).values_list("pk", "employed")
    )
    standing = {
        finding.subject: finding
        for finding in Finding.objects.filter(
            rule=KIND, ledger=SUBJECTS, closed_on=None, subject__in=[visit.code for visit in visits]
        )
    }
    differing = {visit.code: visit for visit in visits if _still_differs(visit, reported)}
    fresh = [
        Finding(
            rule=KIND,
            ledger=SUBJECTS,
            subject=code,
            region=visit.region,
            opened_on=on,
            evidence={
                "sample": sample.pk,
                "living": visit.living,
                "reported_employed": visit.reported_persons,
                "employed_seen": visit.employed_seen,
            },
        )
        for code, visit in differing.items()
        if code not in standing
    ]
    bulk.insert(fresh)
    met = [f for code, f in standing.items() if code not in differing and f.evidence.get("sample") == sample.pk]
    for finding in met:
        finding.closed_on = max(on, finding.opened_on)
    bulk.update(met, ["closed_on"])
    return len(fresh), len(met)


def close_findings(samples: Iterable[int], on: dt.date) -> None:
    """What a voided sample found is no finding any more."""
    standing = list(Finding.objects.filter(rule=KIND, closed_on=None, evidence__sample__in=list(samples)))
    for finding in standing:
        finding.closed_on = max(on, finding.opened_on)
    bulk.update(standing, ["closed_on"])


def _still_differs(visit: SampleHousehold, reported: dict[int, bool]) -> bool:
    """Whether what the system reports now is still not what was found; a household with a verdict is reported as living
    there."""
    if visit.living_agrees == "differ" and visit.household_id in reported:
        return True
    if visit.employed_agrees != "differ":
        return False
    now = reported.get(visit.household_id)
    return now is not None and now != (visit.employed_seen > 0)
