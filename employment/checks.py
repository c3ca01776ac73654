"""Checks of jobs that need more than one row or the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from households.models import Person


def check_employments(rows: Sequence[dict], user) -> Iterator[tuple[int, str, str, str, str]]:
    """The same job twice among the rows; a job before its holder was born."""
    first: dict[tuple, int] = {}
    # A form that masks ID numbers tells a stored person by key alone.
    untold = [
        row["person"].pk for row in rows if row.get("person") and row["person"].pk and not row["person"].birth_date
    ]
    born = dict(Person.objects.filter(pk__in=untold).values_list("pk", "birth_date")) if untold else {}
    for index, row in enumerate(rows):
        person, start = row.get("person"), row.get("start_date")
        if person is None or start is None:
            continue
        # A person not yet stored has no key: the object itself tells one from another.
        key = (person.pk or id(person), row.get("employer", ""), start)
        if key in first and not row.get("id"):
            yield (
                index,
                "start_date",
                str(start),
                "duplicate_employment",
                _("The same job (employer and first day) stands here for the second time. Delete one of the rows."),
            )
        first.setdefault(key, index)
        birth_date = person.birth_date or born.get(person.pk)
        if birth_date and start < birth_date:
            yield (
                index,
                "start_date",
                str(start),
                "start_before_birth",
                _("The job begins before its holder was born (%(day)s). Correct the date.") % {"day": birth_date},
            )
