"""What every recorded table gets in the database itself: row-level security and typed history.

Triggers write history, so nothing escapes: COPY, bulk updates and hand-written SQL included. For a table T there is
T_event with T's columns and who, when, by which request and from which source; the transaction id gives commit order.
"""

from __future__ import annotations

from contextlib import contextmanager

from django.db import connections
from django.db.migrations.operations.base import Operation

EVENT_COLUMNS = {
    "event_op": "char(1) NOT NULL",
    "event_at": "timestamptz NOT NULL DEFAULT clock_timestamp()",
    "event_tx": "xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "event_by": "bigint",
    "event_request": "text",
    "event_source": "text",
}
# NULLIF: a setting that was local to an ended transaction reads as '' and must hide everything, not fail.
WITHIN_SCOPE = (
    "{column} >= NULLIF(current_setting('app.lo', true), '')::bigint"
    " AND {column} < NULLIF(current_setting('app.hi', true), '')::bigint"
)


def event_table(model) -> str:
    return f"{model._meta.db_table}_event"


def scope_policy(table: str, column: str = "region") -> list[str]:
    """Statements that let a session see and write only rows within its scope; the owner is not bound by them."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'DROP POLICY IF EXISTS scope ON "{table}"',
        f'CREATE POLICY scope ON "{table}" USING ({WITHIN_SCOPE.format(column=column)})',
    ]


def history(model) -> list[str]:
    """Statements that make or bring up to date the event table of a model and the triggers that fill it."""
    table, events = model._meta.db_table, event_table(model)
    columns = [field.column for field in model._meta.local_concrete_fields]
    key = model._meta.pk.column
    quoted = ", ".join(f'"{c}"' for c in columns)
    wanted = ", ".join(f"{name} {kind}" for name, kind in EVENT_COLUMNS.items())
    add_missing = f"""
        DO $$ DECLARE c record; BEGIN
          FOR c IN SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS kind FROM pg_attribute a
            WHERE a.attrelid = '"{table}"'::regclass AND a.attnum > 0 AND NOT a.attisdropped
              AND NOT EXISTS (SELECT 1 FROM pg_attribute e WHERE e.attrelid = '"{events}"'::regclass
                              AND e.attname = a.attname AND NOT e.attisdropped)
          LOOP EXECUTE format('ALTER TABLE "{events}" ADD COLUMN %I %s', c.attname, c.kind); END LOOP;
        END $$"""

    def record(op: str, rows: str) -> str:
        values = ", ".join(f'r."{c}"' for c in columns)
        return (
            f'INSERT INTO "{events}" (event_op, event_by, event_request, event_source, {quoted})'
            f" SELECT '{op}', NULLIF(current_setting('app.actor', true), '')::bigint,"
            f" current_setting('app.request', true), current_setting('app.source', true), {values} FROM {rows}"
        )

    function = f"""
        CREATE OR REPLACE FUNCTION "{table}_history"() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN {record("I", "new_rows r")};
          ELSIF TG_OP = 'UPDATE' THEN
            {record("U", f'new_rows r JOIN old_rows o ON o."{key}" = r."{key}" WHERE r IS DISTINCT FROM o')};
          ELSE {record("D", "old_rows r")};
          END IF;
          RETURN NULL;
        END $$"""
    statements = [
        f'CREATE TABLE IF NOT EXISTS "{events}" (event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {wanted})',
        add_missing,
        f'CREATE INDEX IF NOT EXISTS "{events}_subject" ON "{events}" ("{key}", event_id)',
        function,
    ]
    transitions = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    for event, tables in transitions.items():
        name = f"{table}_history_{event.lower()}"
        statements += [
            f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"',
            f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" REFERENCING {tables}'
            f' FOR EACH STATEMENT EXECUTE FUNCTION "{table}_history"()',
        ]
    return statements


def guard(model, *, scoped: bool = True, keep_history: bool = True) -> list[str]:
    """All statements for one model: its policy on `region`, its history, and the policy of that.

    `scoped=False` is for tables that are read before the scope is known, or by everybody (users, divisions).
    """
    statements = scope_policy(model._meta.db_table) if scoped else []
    if keep_history:
        statements += history(model)
        if scoped:
            statements += scope_policy(event_table(model))
    return statements


class Guard(Operation):
    """Migration step: `guard` for a model as it stands there; repeated after a step that changes its columns."""

    reversible = True

    def __init__(self, model_name: str, scoped: bool = True, keep_history: bool = True):
        self.model_name = model_name
        self.scoped = scoped
        self.keep_history = keep_history

    def deconstruct(self):
        options = {"scoped": self.scoped, "keep_history": self.keep_history}
        return (self.__class__.__qualname__, [self.model_name], options)

    def state_forwards(self, app_label, state):
        """The model state is not touched."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        # Executed without parameters, so that a per cent sign in a statement needs no doubling.
        for statement in guard(model, scoped=self.scoped, keep_history=self.keep_history):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Triggers and policies fall with their table; the event table is dropped so that the step can be repeated."""
        model = from_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f'DROP TABLE IF EXISTS "{event_table(model)}" CASCADE', params=None)

    def describe(self):
        return f"Guard {self.model_name} with row-level security and history"


@contextmanager
def apart(using: str = "default"):
    """A cursor on a connection of its own, committing each call: what it writes stays, whatever becomes of the
    running transaction."""
    connection = connections[using].copy()
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
