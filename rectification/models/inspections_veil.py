"""What keeps a secret visit secret until it is published 暗访: conditions of the application, policies of the database.

Two walls, as for places. An unpublished secret inspection and all that hangs on it carry the region of the organiser,
which no scope of a county holds; and they are `veiled`: within that region, too, they are seen by the organising unit and
the members alone. The first wall is `visible_to`, the second one the policies made here. The system's own work (no actor:
nightly jobs, commands) passes; a request never does, since it always has an actor.
"""

from __future__ import annotations

from django.db import models
from django.db.migrations.operations.base import Operation
from django.db.models import Q

from common.database import event_table
from common.scope import ScopedQuerySet

_ACTOR = "NULLIF(current_setting('app.actor', true), '')::bigint"
_MY_UNIT = f"(SELECT u.unit_id FROM accounts_user u WHERE u.id = {_ACTOR})"
_LO = "NULLIF(current_setting('app.lo', true), '')::bigint"
# The divisions that hold the lower end of the session's range: the levels above it, and the nation.
_ABOVE = f"0, {_LO} / 10000000000 * 10000000000, {_LO} / 100000000 * 100000000, {_LO} / 1000000 * 1000000"


class Veiled(models.Model):
    """A row that belongs to an inspection or a sample and is as secret as that."""

    veiled = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True


def seen_inspections(user) -> Q:
    """The condition, on an inspection, that the user is of the organising unit or a member."""
    from rectification.models.inspections import InspectionMember

    condition = Q(pk__in=InspectionMember.objects.filter(user=user.pk).values("inspection"))
    return condition | Q(unit=user.unit_id) if user.unit_id else condition


class VeiledQuerySet(ScopedQuerySet):
    """Rows of an inspection, by the foreign key that `inspection_path` of the model names."""

    def visible_to(self, user):
        from rectification.models.inspections import Inspection

        mine = Inspection.objects.filter(seen_inspections(user)).values("pk")
        return self.within(user.ranges).filter(Q(veiled=False) | Q(**{f"{self.model.inspection_path}__in": mine}))


def functions() -> list[str]:
    """Whether the session may see an inspection or a sample; with the owner's rights, so that policies do not call
    each other in circles."""
    head = "RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp PARALLEL SAFE AS $$ SELECT"
    return [
        f"CREATE OR REPLACE FUNCTION rectification_is_member(inspection bigint) {head} {_ACTOR} IS NULL OR EXISTS ("
        f"SELECT FROM rectification_inspectionmember m WHERE m.inspection_id = inspection AND m.user_id = {_ACTOR}) $$",
        f"CREATE OR REPLACE FUNCTION rectification_sees_inspection(inspection bigint) {head} {_ACTOR} IS NULL OR EXISTS ("
        f"SELECT FROM rectification_inspection i WHERE i.id = inspection AND (NOT i.veiled OR i.unit_id = {_MY_UNIT}"
        " OR rectification_is_member(i.id))) $$",
        f"CREATE OR REPLACE FUNCTION rectification_sees_sample(sample bigint) {head} {_ACTOR} IS NULL OR EXISTS ("
        f"SELECT FROM rectification_sample s WHERE s.id = sample AND (NOT s.veiled OR s.unit_id = {_MY_UNIT}"
        " OR rectification_sees_inspection(s.inspection_id))) $$",
    ]


def veil(model, condition: str, remembered: str = "") -> list[str]:
    """Statements that hide a model's veiled rows where `condition` does not hold, and what is remembered of them where
    `remembered` does not."""
    statements = []
    tables = {model._meta.db_table: condition} | ({event_table(model): remembered} if remembered else {})
    for table, holds in tables.items():
        statements += [
            f'DROP POLICY IF EXISTS veil ON "{table}"',
            f'CREATE POLICY veil ON "{table}" AS RESTRICTIVE USING (NOT veiled OR {holds})',
        ]
    return statements


def also_readable(model, name: str, condition: str) -> list[str]:
    """Statements that open rows outside of a session's range for reading."""
    table = model._meta.db_table
    return [
        f'DROP POLICY IF EXISTS {name} ON "{table}"',
        f'CREATE POLICY {name} ON "{table}" FOR SELECT USING ({condition})',
    ]


def inspection_policies(apps) -> list[str]:
    def model(name: str):
        return apps.get_model("rectification", name)

    by_inspection = "rectification_sees_inspection(inspection_id)"
    by_sample = "rectification_sees_sample(sample_id)"
    return [
        *functions(),
        # A new row cannot yet be found by its id, so the tables' own policies look at the unit. What is remembered of
        # the time behind the veil is read by all who may see the row now.
        *veil(
            model("Inspection"),
            f"unit_id = {_MY_UNIT} OR rectification_is_member(id)",
            "rectification_sees_inspection(id)",
        ),
        *veil(model("InspectionPlace"), by_inspection, by_inspection),
        *veil(model("InspectionMember"), by_inspection, by_inspection),
        *veil(model("InspectionCheck"), by_inspection, by_inspection),
        *veil(model("CheckLine"), by_inspection, by_inspection),
        *veil(
            model("Sample"),
            f"unit_id = {_MY_UNIT} OR rectification_sees_inspection(inspection_id)",
            "rectification_sees_sample(id)",
        ),
        *veil(model("SampleStratum"), by_sample, by_sample),
        *veil(model("SampleFrame"), by_sample),
        *veil(model("SampleHousehold"), by_sample, by_sample),
        *veil(model("SampleAnswer"), by_sample, by_sample),
        # A county reads what covers it, a township what was checked in it: that is all that their ranges hold.
        *also_readable(
            model("Inspection"),
            "covered",
            "EXISTS (SELECT FROM rectification_inspectionplace p WHERE p.inspection_id = rectification_inspection.id)"
            " OR EXISTS (SELECT FROM rectification_inspectioncheck c WHERE c.inspection_id = rectification_inspection.id)",
        ),
        *also_readable(
            model("Sample"),
            "published",
            "published_on IS NOT NULL AND EXISTS"
            " (SELECT FROM rectification_samplehousehold h WHERE h.sample_id = rectification_sample.id)",
        ),
        *also_readable(
            model("SampleStratum"),
            "published",
            "EXISTS (SELECT FROM rectification_sample s WHERE s.id = sample_id AND s.published_on IS NOT NULL)",
        ),
        *also_readable(
            model("SampleFrame"),
            "published",
            "EXISTS (SELECT FROM rectification_sample s WHERE s.id = sample_id AND s.published_on IS NOT NULL)",
        ),
        # Checklists that a level shares are read by the levels below it.
        *also_readable(model("Checklist"), "shared", f"reach = 'shared' AND region IN ({_ABOVE})"),
        *also_readable(
            model("ChecklistQuestion"),
            "shared",
            "EXISTS (SELECT FROM rectification_checklist c WHERE c.id = checklist_id AND c.reach = 'shared')",
        ),
    ]


class InspectionPolicies(Operation):
    """Migration step: the second wall around what is secret, over the tables' policies of place (Guard comes first)."""

    reversible = True

    def state_forwards(self, app_label, state):
        """The model state is not touched."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for statement in inspection_policies(to_state.apps):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Policies fall with their tables."""
        for name in ("sees_sample", "sees_inspection", "is_member"):
            schema_editor.execute(f"DROP FUNCTION IF EXISTS rectification_{name}(bigint) CASCADE", params=None)

    def describe(self):
        return "Hide secret inspections and samples from those outside"


_FILES = ("ledgers_attachment", "ledgers_attachment_event")
# Files are kept in a table of a lower app, by ledger and number of the row: whoever does not find the row does not find its
# files either. The conditions are asked with the rights of whoever reads, so that they follow the policies above.
_FILES_OF = {
    "inspections": "rectification_inspection",
    "inspection-checks": "rectification_inspectioncheck",
    "sample-households": "rectification_samplehousehold",
}


class AttachmentsVeil(Operation):
    """Migration step: files of inspections, field checks and sampled households are as secret as their rows."""

    reversible = True

    def state_forwards(self, app_label, state):
        """The model state is not touched."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        cases = " ".join(
            f"WHEN '{key}' THEN EXISTS (SELECT FROM {table} r WHERE r.id = subject_id)"
            for key, table in _FILES_OF.items()
        )
        condition = f"CASE ledger {cases} ELSE true END"
        for table in _FILES:
            schema_editor.execute(f"DROP POLICY IF EXISTS veil ON {table}", params=None)
            schema_editor.execute(f"CREATE POLICY veil ON {table} AS RESTRICTIVE USING ({condition})", params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for table in _FILES:
            schema_editor.execute(f"DROP POLICY IF EXISTS veil ON {table}", params=None)

    def describe(self):
        return "Hide the files of secret inspections and samples from those outside"
