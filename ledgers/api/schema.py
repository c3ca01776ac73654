"""What the schema says of a ledger's collection: serializers and parameters made from the declaration.

They describe and never run: rows go straight from the database to JSON, and payloads through ledgers.checking.
"""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from common import codes
from common.ledger import Column, Ledger
from ledgers.api.representation import children_of, parent_columns, record_columns
from ledgers.filters import filters_of, parameter_names
from ledgers.masking import is_sensitive

KINDS = {
    "date": serializers.DateField,
    "int": serializers.IntegerField,
    "decimal": serializers.FloatField,
    "bool": serializers.BooleanField,
    "datetime": serializers.DateTimeField,
}
FEW_CODES = 60


class ErrorSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="Index of the object in the payload, from 0.")
    field = serializers.CharField(help_text="Column; of a nested row with its way, such as persons.0.name.")
    value = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """problem+json (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ErrorSerializer(many=True)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField()


def component_name(ledger: Ledger) -> str:
    return "".join(part.title() for part in ledger.key.split("-"))


_made: dict[str, tuple[Ledger, type[serializers.Serializer]]] = {}


def serializer_of(ledger: Ledger) -> type[serializers.Serializer]:
    """The class that describes one row, with the rows that may hang on it; always the same one for a ledger."""
    known, made = _made.get(ledger.key, (None, None))
    if known is not ledger:
        made = _serializer(ledger)
        _made[ledger.key] = (ledger, made)
    return made


def _serializer(ledger: Ledger) -> type[serializers.Serializer]:
    fields: dict[str, serializers.Field] = {"id": serializers.IntegerField(read_only=True)}
    for column in (*ledger.columns, *record_columns(ledger)):
        fields[column.name] = _field(ledger, column)
    for child, _parent in children_of(ledger):
        fields[child.key] = serializer_of(child)(many=True, required=False, help_text=f"Rows of {child.key}.")
    return type(
        f"{component_name(ledger)}Serializer", (serializers.Serializer,), {"__doc__": ledger.title.en, **fields}
    )


def _field(ledger: Ledger, column: Column) -> serializers.Field:
    kind, model_field = ledger.kind(column), ledger.model_field(column)
    writable = not column.computed and column.name in ledger.by_name
    options: dict = {"help_text": _help(ledger, column)}
    if column.name == "version":
        options |= {"required": False}
    elif writable and ledger.entry:
        # A row that hangs on another in the payload need not name it.
        options |= {"required": ledger.required(column) and column.name not in parent_columns(ledger)}
    else:
        options |= {"read_only": True}
    if kind != "text" and kind != "code" or model_field is None or model_field.null:
        options["allow_null"] = not (writable and ledger.required(column))
    if kind in KINDS:
        return KINDS[kind](**options)
    if column.reference is not None and column.reference.by == "id" and not column.reference.also:
        return serializers.IntegerField(**options)
    if not options.get("read_only"):
        options["allow_blank"] = not ledger.required(column)
    return serializers.CharField(**options)


def _help(ledger: Ledger, column: Column) -> str:
    if column.name not in ledger.by_name:
        return column.heading.en
    heading = ledger.heading(column)
    parts = [getattr(heading, "en", str(heading))]
    if list_id := ledger.list_of(column):
        items = codes.code_list(list_id).items.values()
        listed = f": {', '.join(f'{item.code} {item.en}' for item in items)}" if len(items) <= FEW_CODES else ""
        parts.append(f"Code of the list {list_id}{listed}")
    if column.reference:
        parts.append(f"{column.reference.by} of {column.reference.model._meta.model_name}")
    if ledger.kind(column) == "division":
        parts.append("12-digit division code")
    if is_sensitive(column):
        parts.append("Masked unless the role reads it in the clear; a masked value sent back means unchanged")
    return ". ".join(parts) + "."


def _filter_parameters(ledger: Ledger) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, str, description=f"{getattr(added.label, 'en', added.label)} ({added.kind})")
        for added in filters_of(ledger).values()
        for name in parameter_names(added)
    ]


def describe(ledger: Ledger, collection: type, member: type) -> None:
    """Attach the schema of a ledger to its two view classes; methods that it does not allow are left out of it."""
    row = serializer_of(ledger)
    name, slug = component_name(ledger), ledger.key.replace("-", "_")
    page = type(
        f"{name}PageSerializer",
        (serializers.Serializer,),
        {
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )
    one_or_many = {
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"},
            {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}, "maxItems": 1000},
        ]
    }
    paging = [
        OpenApiParameter("limit", int, description="Rows a page, 1 to 1000."),
        OpenApiParameter("cursor", str, description="Place in the list, as in `next` and `previous`."),
        OpenApiParameter(
            "sort",
            str,
            description="Column to sort by, with - in front for descending: "
            + (", ".join(c.name for c in ledger.columns if c.sort) or "none"),
        ),
    ]
    refusals = {(status, "application/problem+json"): ProblemSerializer for status in (400, 401, 403)}
    missing = {(404, "application/problem+json"): ProblemSerializer}
    conflict = {(409, "application/problem+json"): ProblemSerializer}
    moved_on = {(412, "application/problem+json"): ProblemSerializer}
    match = OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        description="ETag of the row as it was read: refused if changed since.",
    )
    where = [OpenApiParameter("member", str, OpenApiParameter.PATH, description=f"The member's {ledger.member_by}.")]
    common = {"tags": [ledger.key]}
    collection.get = extend_schema(
        operation_id=f"{slug}_list",
        summary=f"List {ledger.title.en}",
        parameters=[*paging, *_filter_parameters(ledger)],
        responses={200: page, **refusals},
        **common,
    )(collection.get)
    member.get = extend_schema(
        operation_id=f"{slug}_retrieve",
        summary="Read one",
        parameters=where,
        responses={200: row, **refusals, **missing},
        **common,
    )(member.get)
    if not ledger.entry:
        for view, method in ((collection, "post"), (member, "patch"), (member, "delete")):
            setattr(view, method, extend_schema(exclude=True)(getattr(view, method)))
        return
    collection.post = extend_schema(
        operation_id=f"{slug}_create",
        summary="Create or change: one object, or a list in one unit of work",
        request={"application/json": one_or_many},
        responses={201: row, 200: row, **refusals, **conflict},
        **common,
    )(collection.post)
    member.patch = extend_schema(
        operation_id=f"{slug}_partial_update",
        summary="Change what is told; with the version (or If-Match) that was read, nothing that was changed since",
        parameters=[*where, match],
        request=row,
        responses={200: row, **refusals, **missing, **conflict, **moved_on},
        **common,
    )(member.patch)
    member.delete = extend_schema(
        operation_id=f"{slug}_void",
        summary="Void with a reason (in the body or in the header X-Reason)",
        parameters=[*where, OpenApiParameter("X-Reason", str, OpenApiParameter.HEADER), match],
        request={"application/json": ReasonSerializer},
        responses={204: None, **refusals, **missing, **moved_on},
        **common,
    )(member.delete)
