"""Which tables make up a household's file, as its confirmation understands it: triggers watch them.

A confirmation says that the file was right on a day. Whatever row of it is inserted, changed or deleted afterwards, by
whatever way (an action, COPY, SQL by hand, another county's official), the table's trigger notes on the current
confirmation that it no longer covers the file. Actions lock the household that they touch and so does confirming, so
none of the two can overlook the other.
"""

from __future__ import annotations

from django.db.migrations.operations.base import Operation

OWN = "id"
# How a row of a table tells its household: a column of its own, or that of the person whom it names.
OF_PERSON = "(SELECT p.household_id FROM households_person p WHERE p.id = {row}.person_id)"


def watch(table: str, household: str) -> list[str]:
    """Statements that let a table's rows outdate the confirmations of their households.

    `household` is the column that holds the household's id, or an expression over `{row}`.
    """
    of = household if "{row}" in household else f'{{row}}."{household}"'
    new, old = of.format(row="r"), of.format(row="o")
    function = f"""
        CREATE OR REPLACE FUNCTION "{table}_outdates"() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE touched bigint[];
        BEGIN
          IF TG_OP = 'INSERT' THEN SELECT array_agg(DISTINCT {new}) INTO touched FROM new_rows r;
          ELSIF TG_OP = 'DELETE' THEN SELECT array_agg(DISTINCT {old}) INTO touched FROM old_rows o;
          ELSE
            SELECT array_agg(DISTINCT k) INTO touched FROM new_rows r JOIN old_rows o ON o.id = r.id,
              LATERAL (VALUES ({new}), ({old})) AS both_sides(k) WHERE r IS DISTINCT FROM o;
          END IF;
          UPDATE households_confirmation c
            SET changed_at = coalesce(c.changed_at, clock_timestamp()), changed_in = c.changed_in || to_jsonb('{table}'::text)
            WHERE c.household_id = ANY(touched) AND c.current AND c.voided_at IS NULL
              AND NOT c.changed_in @> to_jsonb('{table}'::text);
          RETURN NULL;
        END $$"""
    statements = [function]
    transitions = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    for event, tables in transitions.items():
        name = f"{table}_outdates_{event.lower()}"
        statements += [
            f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"',
            f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" REFERENCING {tables}'
            f' FOR EACH STATEMENT EXECUTE FUNCTION "{table}_outdates"()',
        ]
    return statements


class Watched(Operation):
    """Migration step: `watch` for a model. Needs the table of confirmations."""

    reversible = True

    def __init__(self, model_name: str, household: str = "household_id"):
        self.model_name = model_name
        self.household = household

    def deconstruct(self):
        return (self.__class__.__qualname__, [self.model_name], {"household": self.household})

    def state_forwards(self, app_label, state):
        """The model state is not touched."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        for statement in watch(table, self.household):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f'DROP FUNCTION IF EXISTS "{table}_outdates"() CASCADE', params=None)

    def describe(self):
        return f"Let changes of {self.model_name} outdate confirmations"
