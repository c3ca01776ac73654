"""Many rows at once: COPY into a staging table without policy, then one statement into the guarded table.

PostgreSQL refuses COPY into a table with row-level security, so the staging step is also what keeps the second wall.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from django.db import connections, models

from common.copying import copy_text
from common.problems import Conflict

# Below this a plain INSERT is faster than making a staging table (1.5 ms).
SMALL = 100


@dataclass
class Saved:
    """What an action did: the saved instances in the order of the rows, and which of them were new or changed."""

    objects: list = field(default_factory=list)
    created: list = field(default_factory=list)
    altered: list = field(default_factory=list)

    @property
    def touched(self) -> list:
        return [*self.created, *self.altered]

    @property
    def new(self) -> int:
        return len(self.created)

    @property
    def changed(self) -> int:
        return len(self.altered)

    @property
    def unchanged(self) -> int:
        return len(self.objects) - self.new - self.changed


def _cells(model_field: models.Field, objects: Sequence[models.Model], add: bool) -> list[str]:
    """One field of all objects as cells of COPY's text format."""
    if type(model_field).pre_save is models.Field.pre_save:
        values = map(attrgetter(model_field.attname), objects)
    else:
        values = [model_field.pre_save(obj, add) for obj in objects]
    return list(map(getattr(model_field, "to_copy", copy_text), values))


def new_ids(model: type[models.Model], count: int, using: str = "default") -> list[int]:
    """Reserve primary keys from the table's own sequence."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{model._meta.db_table}"', model._meta.pk.column, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[str]], using: str = "default") -> None:
    """COPY rows of cells (see common.copying) into a table that has no policy."""
    buffer = io.StringIO()
    for row in rows:
        buffer.write("\t".join(row))
        buffer.write("\n")
    buffer.seek(0)
    names = ", ".join(f'"{column}"' for column in columns)
    with connections[using].cursor() as cursor:
        cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', buffer, size=1 << 20)


def _stage(model, fields: Sequence[models.Field], objects: Sequence, using: str, add: bool) -> str:
    """A temporary table holding the named fields of the objects; gone with the transaction."""
    connection = connections[using]
    stage = f"stage_{model._meta.db_table}"
    names = ", ".join(f'"{f.column}"' for f in fields)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS pg_temp."{stage}"')
        cursor.execute(
            f'CREATE TEMP TABLE "{stage}" ON COMMIT DROP AS SELECT {names} FROM "{model._meta.db_table}" WITH NO DATA'
        )
    # Column by column: what a field needs is looked up once, not once a row.
    rows = zip(*(_cells(f, objects, add) for f in fields), strict=True)
    copy_rows(stage, [f.column for f in fields], rows, using)
    return stage


def insert(objects: Sequence[models.Model], using: str = "default") -> None:
    """Insert new objects of one model; each has its primary key afterwards."""
    if not objects:
        return
    model = type(objects[0])
    if len(objects) <= SMALL:
        model.objects.using(using).bulk_create(objects)
        return
    if isinstance(model._meta.pk, models.AutoField):
        for obj, key in zip(objects, new_ids(model, len(objects), using), strict=True):
            obj.pk = key
    fields = model._meta.local_concrete_fields
    stage = _stage(model, fields, objects, using, add=True)
    names = ", ".join(f'"{f.column}"' for f in fields)
    with connections[using].cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {names} FROM "{stage}"')
    for obj in objects:
        obj._state.adding = False
        obj._state.db = using


def update(objects: Sequence[models.Model], fields: Iterable[str], using: str = "default") -> None:
    """Write the named fields of stored objects of one model, in one statement."""
    if not objects:
        return
    model = type(objects[0])
    chosen = [model._meta.get_field(name) for name in fields]
    if len(objects) == 1:
        objects[0].save(update_fields=[f.name for f in chosen], using=using)
        return
    stage = _stage(model, [model._meta.pk, *chosen], objects, using, add=False)
    table, key = model._meta.db_table, model._meta.pk.column
    assignments = ", ".join(f'"{f.column}" = s."{f.column}"' for f in chosen)
    with connections[using].cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" t SET {assignments} FROM "{stage}" s WHERE t."{key}" = s."{key}"')


@dataclass
class Merged:
    """Rows laid over stored objects: what is new, what differs, and which fields do so anywhere."""

    objects: list
    new: list
    changed: list
    fields: set[str]


def merge(model: type[models.Model], rows: Sequence[dict], find, attribute_of=None) -> Merged:
    """Lay clean rows over stored objects: `find(row)` gives the stored object or None.

    A name that is absent from a row keeps its stored value; names that are no field of the model are left to the
    caller. A row whose `version` is not the stored one raises Conflict.
    """
    attribute_of = attribute_of or {}
    fields = {f.name: f for f in model._meta.concrete_fields}
    result = Merged([], [], [], set())
    for row in rows:
        stored = find(row)
        obj = stored if stored is not None else model()
        if stored is not None and row.get("version") not in (None, stored.version):
            raise Conflict({name: getattr(stored, attribute_of.get(name, name), None) for name in row}, stored.version)
        different = set()
        for name, value in row.items():
            name = attribute_of.get(name, name)
            if name not in fields or name in ("id", "version"):
                continue
            # A foreign key is compared by its value: asking for the object would be a query a row.
            attribute = fields[name].attname
            told = value.pk if attribute != name and value is not None else value
            if stored is None or getattr(stored, attribute) != told:
                different.add(name)
                setattr(obj, name, value)
        obj.clean()
        result.objects.append(obj)
        if stored is None:
            result.new.append(obj)
        elif different:
            obj.version += 1
            result.changed.append(obj)
            result.fields |= different
    return result


def write(merged: Merged) -> Saved:
    """Store what a merge found, new rows first; unchanged rows are not touched."""
    insert(merged.new)
    if merged.changed:
        update(merged.changed, sorted(merged.fields | {"version"}))
    return Saved(merged.objects, merged.new, merged.changed)
