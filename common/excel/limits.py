"""How much of an uploaded workbook is read, and how a refusal is worded."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The parser holds a sheet as one dense block from its first to its last value, so rows and columns
    are positions of values, not counts: they bound its memory however few the values are."""

    file_bytes: int = 64 * MEBIBYTE
    unpacked_bytes: int = 1024 * MEBIBYTE  # a million formatted empty rows of 24 cells unpack to 600 MiB
    shared_text_bytes: int = 256 * MEBIBYTE
    ratio: int = 100  # unpacked to packed; formatted empty cells reach 20, a bomb 200 to 1000
    rows: int = 200_000
    columns: int = 256
    cells: int = 8_000_000


USUAL = Limits()

MESSAGES = {
    "empty_file": _("The file is empty. Save the workbook again and upload the new file."),
    "not_a_workbook": _(
        "This is not an Excel workbook, whatever its name says. Open the table in Excel or WPS, "
        "save it as an Excel workbook (.xlsx) and upload that file."
    ),
    "old_xls": _(
        "This is a workbook of the old kind (.xls). Open it in Excel or WPS, choose Save As, "
        "the type Excel Workbook (.xlsx), and upload the new file."
    ),
    "binary_workbook": _(
        "This is a binary workbook (.xlsb). Open it in Excel or WPS, choose Save As, "
        "the type Excel Workbook (.xlsx), and upload the new file."
    ),
    "open_document": _(
        "This is an OpenDocument file. Open it, choose Save As, the type Excel Workbook (.xlsx), and upload the new file."
    ),
    "csv": _(
        "This is a text file (CSV), not a workbook. Open it in Excel or WPS with the ID number columns set to text, "
        "save it as an Excel workbook (.xlsx) and upload that file."
    ),
    "html": _(
        "This is a web page with the name of a workbook, as some systems export it. Open it in Excel or WPS, "
        "choose Save As, the type Excel Workbook (.xlsx), and upload the new file."
    ),
    "encrypted": _(
        "The workbook is protected by a password. Open it, remove the password under File, Info, Protect Workbook, "
        "save it and upload it again."
    ),
    "damaged": _(
        "The workbook is damaged and cannot be read. Open it in Excel or WPS, let it be repaired, "
        "save it under a new name and upload that file."
    ),
    "file_too_large": _(
        "The file has %(size)s MB; at most %(limit)s MB can be uploaded. Remove pictures or split the table over several files."
    ),
    "too_large": _(
        "Unpacked, the workbook is larger than can be read safely. Copy the table alone into a new workbook and upload that."
    ),
    "too_many_rows": _(
        "Sheet “%(sheet)s” holds a value in row %(row)s; at most %(limit)s rows can be read. "
        "Delete stray values below the table, or split it over several files."
    ),
    "too_many_columns": _(
        "Sheet “%(sheet)s” holds a value in cell %(cell)s; at most %(limit)s columns can be read. "
        "Delete stray values to the right of the table."
    ),
    "too_many_cells": _("The workbook holds more than %(limit)s values. Split the table over several files."),
    "no_sheet": _(
        "The workbook has no visible sheet with data. Unhide the sheet with the table, save and upload it again."
    ),
    "wrong_kind": _(
        "No sheet of the workbook has the headings of this table. Expected are, among others: %(headings)s. "
        "Check that the right file was chosen, or fill in the template."
    ),
}


class WorkbookError(ValidationError):
    """A workbook is refused whole. `code` is a key of MESSAGES, `messages[0]` the text with its remedy."""

    def __init__(self, code, **params):
        super().__init__(MESSAGES[code], code=code, params=params)
