"""What imports are compared with: django-import-export with its default way of creating or updating, a row at a time."""

from __future__ import annotations

from pathlib import Path

from django.db import models
from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget
from openpyxl import Workbook

from common import scope
from employment.models import Employment
from households.models import Household, Person
from settlements.models import Settlement

# The values of the table itself: what the system fills in is left to the model's defaults.
SYSTEM = frozenset({"id", "version", "voided_at", "voided_by", "void_reason"})


def _names(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in SYSTEM]


class _Standing(ForeignKeyWidget):
    """Finds what a cell refers to among standing rows, which alone the keys' indexes hold."""

    def get_queryset(self, value, row, *args, **kwargs):
        return super().get_queryset(value, row, *args, **kwargs).filter(voided_at=None)


class _Resource(ModelResource):
    def get_queryset(self):
        return super().get_queryset().filter(voided_at=None)

    def after_import(self, dataset, result, **options):
        """Leaves out the setting of the table's sequence, which the application's role has no right to."""


class HouseholdResource(_Resource):
    settlement = Field("settlement", "settlement", _Standing(Settlement, "code"))

    class Meta:
        model = Household
        import_id_fields = ("code",)
        fields = _names(Household)


class PersonResource(_Resource):
    household = Field("household", "household", _Standing(Household, "code"))
    id_index = Field("id_index", "id_index")

    class Meta:
        model = Person
        import_id_fields = ("id_index",)
        fields = _names(Person)


class EmploymentResource(_Resource):
    person = Field("person", "person", _Standing(Person, "id_index"))

    class Meta:
        model = Employment
        import_id_fields = ("person", "employer", "start_date")
        fields = _names(Employment)


# In the order of their references; and where the file's value of a reference stands.
RESOURCES = (HouseholdResource, PersonResource, EmploymentResource)
KEYS = {"settlement": "settlement__code", "household": "household__code", "person": "person__id_index"}


def _tables(homes: models.QuerySet) -> list[models.QuerySet]:
    """The rows of the three tables that belong to the households."""
    people = Person.objects.filter(household__in=homes)
    return [homes, people, Employment.objects.filter(person__in=people)]


def count(homes: models.QuerySet) -> int:
    return sum(rows.count() for rows in _tables(homes))


class PeerFiles:
    """One flat workbook for each table, of every n-th of the stored households, clean and with its keys worked out:
    easier to read than what the product is given."""

    def __init__(self, folder: Path, homes: models.QuerySet, every: int):
        keys = list(homes.order_by("pk").values_list("pk", flat=True))[::every]
        self.rows, self.paths = 0, []
        for resource, rows in zip(RESOURCES, _tables(Household.objects.filter(pk__in=keys)), strict=True):
            path = folder / f"{resource.__name__}.xlsx"
            self.rows += _write(path, rows)
            self.paths.append(path)

    def load(self, user) -> None:
        """Import the files as the user, in one transaction."""
        with scope.acting_as(user, source="bench"):
            for resource, path in zip(RESOURCES, self.paths, strict=True):
                dataset = XLSX().create_dataset(path.read_bytes())
                result = resource().import_data(dataset, raise_errors=True)
                if result.totals["new"] != len(dataset):
                    raise RuntimeError(f"{resource.__name__} took in {result.totals['new']} of {len(dataset)} rows")


def _write(path: Path, rows: models.QuerySet) -> int:
    # A row's empty end is left out of a sheet, and the peer refuses rows shorter than the heading: a column that is always
    # filled stands last.
    names = sorted(_names(rows.model), key="region".__eq__)
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(names)
    written = 0
    for row in rows.order_by("pk").values_list(*(KEYS.get(name, name) for name in names)):
        sheet.append(
            [
                value if value is None or isinstance(value, (int, float)) or hasattr(value, "year") else str(value)
                for value in row
            ]
        )
        written += 1
    book.save(path)
    return written
