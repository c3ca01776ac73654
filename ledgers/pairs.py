"""Rows of two places: a pair of counties, and what hangs on it, is read and kept from both sides.

`region` is the first place and `partner` the second (none: a row of one place). Both walls hold: the query set adds the
exact ranges over both columns, and the policy of the table lets a row pass by either. An OR in a policy is dear on large
tables; these hold hundreds of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.roles import can
from common.database import WITHIN_SCOPE, Guard, event_table
from common.fields import DivisionCodeField
from common.ledger import Filter
from common.models import Recorded
from common.scope import Range, ScopedQuerySet, code_range, contains, in_ranges
from common.terms import term

PLACES = ("region", "partner")


class PairQuerySet(ScopedQuerySet):
    """Rows that lie in the ranges by their first or their second place."""

    def within(self, ranges: Iterable[Range]) -> PairQuerySet:
        ranges = tuple(ranges)
        return self.filter(in_ranges(ranges, "region") | in_ranges(ranges, "partner"))


class Paired(Recorded):
    """A recorded row of one place or two."""

    partner = DivisionCodeField(term("partner", "协作区划"), null=True, blank=True, editable=False)

    objects = PairQuerySet.as_manager()

    class Meta:
        abstract = True


def _under_either(rows: QuerySet, code: int) -> QuerySet:
    return rows.within([code_range(code)])


# In place of a filter on the first place alone: the column of that place declares none.
UNDER_EITHER = Filter("region", term("area", "所属地区"), "division", _under_either)


def files_of(key: str) -> Callable[[Paired, object], str]:
    """For a ledger of such rows: why the user may attach no files. They lie in one place, the row's first, and are seen
    there alone."""

    def why_not_attach(row: Paired, user) -> str:
        if not contains(user.ranges, row.region):
            return _("The files are kept by the other county; ask there for a copy.")
        return "" if can(user, "write", key) else _("Your role may look at these files, but add none.")

    return why_not_attach


class GuardPair(Guard):
    """Migration step: as Guard, with a policy that lets a row pass by either place. Repeated as Guard is."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        model: type[models.Model] = to_state.apps.get_model(app_label, self.model_name)
        either = " OR ".join(f"({WITHIN_SCOPE.format(column=place)})" for place in PLACES)
        for table in (model._meta.db_table, event_table(model)):
            schema_editor.execute(f'DROP POLICY scope ON "{table}"', params=None)
            schema_editor.execute(f'CREATE POLICY scope ON "{table}" USING ({either})', params=None)
