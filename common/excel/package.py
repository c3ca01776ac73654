"""The look at an uploaded file before any parser sees it: its kind by content, the size it really unpacks to,
and where its sheets really hold values."""

import io
import re
import struct
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from isal import isal_zlib

from .limits import MEBIBYTE, WorkbookError
from .scanning import LONGEST_ROW, SheetScan, scan_sheet, without_empty_rows

CHUNK = MEBIBYTE
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
MERGES = re.compile(rb"<((?:[\w.-]+:)?)mergeCells\b.*?</\1mergeCells>", re.DOTALL)
MERGED_RANGE = re.compile(rb'mergeCell\b[^>]*? ref="([A-Za-z0-9:]+)"')
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class Package:
    path: Path
    sheets: list
    template: str | None

    @contextmanager
    def readable(self):
        """A path to the workbook without the formatted empty rows below its values: parsing a million of them takes
        ten seconds. The file itself where there are none to speak of."""
        if not any(sheet.worth_trimming for sheet in self.sheets):
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            slim = Path(folder) / "slim.xlsx"
            self.copy(slim)
            yield slim

    @contextmanager
    def without_merges(self):
        """(path, {sheet title: merged ranges}): the same, with the merged ranges taken out of the sheets. openpyxl gives
        their cells new borders when it loads them, which takes five times as long as all the rest."""
        merges = {}

        def take_out(sheet, content):
            found = MERGES.search(content)
            merges[sheet.title] = [ref.decode() for ref in MERGED_RANGE.findall(found[0])] if found else []
            return content[: found.start()] + content[found.end() :] if found else content

        with tempfile.TemporaryDirectory() as folder:
            bare = Path(folder) / "bare.xlsx"
            self.copy(bare, take_out)
            yield bare, merges

    def copy(self, target, change=None):
        """Writes the package anew, without empty rows; `change(sheet, bytes)` gives the sheets' new content."""
        sheets = {sheet.part: sheet for sheet in self.sheets}
        with (
            open(self.path, "rb") as raw,
            zipfile.ZipFile(raw) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copied,
        ):
            for info in source.infolist():
                chunks = inflate(raw, info)
                sheet = sheets.get(info.filename)
                if sheet and sheet.worth_trimming:
                    chunks = without_empty_rows(chunks, sheet)
                if sheet and change:
                    chunks = [change(sheet, b"".join(chunks))]
                with copied.open(info.filename, "w", force_zip64=True) as out:
                    for chunk in chunks:
                        out.write(chunk)


def open_package(path, limits):
    """Checks the file at `path` and scans its sheets.

    Raises WorkbookError for anything that is no sound, open, reasonably sized .xlsx or .xlsm workbook.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > limits.file_bytes:
        raise WorkbookError("file_too_large", size=size // MEBIBYTE + 1, limit=limits.file_bytes // MEBIBYTE)
    with open(path, "rb") as raw:
        refuse_other_kinds(raw)
        try:
            with zipfile.ZipFile(raw) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:  # a broken directory
            raise WorkbookError("damaged") from error
        parts = {info.filename: info for info in infos}
        refuse_other_zips(parts)
        refuse_bombs(infos, size, limits)
        try:
            return scan_parts(path, raw, parts, limits)
        except (
            isal_zlib.error,
            struct.error,
            ElementTree.ParseError,
            expat.ExpatError,
            KeyError,
            UnicodeDecodeError,
        ) as error:
            raise WorkbookError("damaged") from error


def refuse_other_kinds(raw):
    head = raw.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return
    if not head:
        raise WorkbookError("empty_file")
    if head.startswith(OLE):
        content = head + raw.read()
        if "EncryptionInfo".encode("utf-16-le") in content:
            raise WorkbookError("encrypted")
        if any(name.encode("utf-16-le") in content for name in ("Workbook\0", "Book\0")):
            raise WorkbookError("old_xls")
        raise WorkbookError("not_a_workbook")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"mime-version:")):
        raise WorkbookError("html")
    if b"excel.sheet" in start or b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise WorkbookError("old_xls")
    if is_text(head):
        raise WorkbookError("csv" if re.search(rb"[,;\t]", head) else "not_a_workbook")
    raise WorkbookError("not_a_workbook")


def is_text(head):
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    for encoding in ("utf-8", "gb18030", "utf-16"):
        for cut in range(4):  # the sample may end inside a character
            try:
                head[: len(head) - cut].decode(encoding)
                return not re.search(rb"[\x01-\x08\x0e-\x1f]", head) or encoding == "utf-16"
            except UnicodeDecodeError:
                continue
    return False


def refuse_other_zips(parts):
    if "xl/workbook.bin" in parts:
        raise WorkbookError("binary_workbook")
    if "content.xml" in parts and "mimetype" in parts:
        raise WorkbookError("open_document")
    if "[Content_Types].xml" not in parts or "xl/workbook.xml" not in parts:
        raise WorkbookError("not_a_workbook")


def refuse_bombs(infos, size, limits):
    """By what the zip directory says. That it lies is found while unpacking."""
    if any(info.flag_bits & 0x1 for info in infos):
        raise WorkbookError("encrypted")
    if len({info.filename.lower() for info in infos}) < len(infos):
        raise WorkbookError("damaged")  # two parts of one name: scan and parser might read different ones
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.unpacked_bytes or (unpacked > 64 * MEBIBYTE and unpacked > limits.ratio * size):
        raise WorkbookError("too_large")
    shared = sum(info.file_size for info in infos if info.filename.lower().endswith("sharedstrings.xml"))
    if shared > limits.shared_text_bytes:
        raise WorkbookError("too_large")


def inflate(raw, info):
    """The part in chunks, as it really unpacks. Raises WorkbookError where size or checksum differ from the directory's
    (zipfile stops at the directory's size, other readers do not), isal_zlib.error and struct.error for a broken stream."""
    if info.header_offset < 0:
        raise WorkbookError("damaged")
    raw.seek(info.header_offset)
    header = raw.read(30)
    name_length, extra_length = struct.unpack("<26xHH", header)
    raw.seek(name_length + extra_length, io.SEEK_CUR)
    if not header.startswith(b"PK\x03\x04") or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WorkbookError("damaged")
    packed_left, size, checksum = info.compress_size, 0, 0
    inflater = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS) if info.compress_type == zipfile.ZIP_DEFLATED else None
    while True:
        packed = (inflater.unconsumed_tail if inflater else b"") or raw.read(min(CHUNK // 4, packed_left))
        if not (inflater and inflater.unconsumed_tail):
            packed_left -= len(packed)
        chunk = inflater.decompress(packed, CHUNK) if inflater else packed
        size += len(chunk)
        checksum = isal_zlib.crc32(chunk, checksum)
        if size > info.file_size:
            raise WorkbookError("damaged")
        if chunk:
            yield chunk
        elif not packed:
            break
        if inflater and inflater.eof:
            break
    if size != info.file_size or checksum != info.CRC:
        raise WorkbookError("damaged")


def scan_parts(path, raw, parts, limits):
    sheets = {sheet.part: sheet for sheet in list_sheets(raw, parts)}
    for name, info in parts.items():
        sheet = sheets.get(name)
        if sheet:
            reach = limits if sheet.visible else replace(limits, rows=LAST_ROW, columns=LAST_COLUMN)
            scan_sheet(lambda info=info: inflate(raw, info), sheet, reach)
        elif name.lower().endswith((".xml", ".rels", ".vml")):
            for chunk in inflate(raw, info):
                refuse_doctype(chunk)
    if sum(sheet.values for sheet in sheets.values() if sheet.visible) > limits.cells:
        raise WorkbookError("too_many_cells", limit=limits.cells)
    return Package(path, list(sheets.values()), template_of(raw, parts))


def refuse_doctype(chunk):
    if b"<!DOCTYPE" in chunk:  # no writer of workbooks needs one; entities that unfold a thousandfold do
        raise WorkbookError("damaged")


def read_part(raw, info):
    if info.file_size > LONGEST_ROW:
        raise WorkbookError("too_large")
    content = b"".join(inflate(raw, info))
    refuse_doctype(content)
    return ElementTree.fromstring(content)


def local(name):
    return name.rpartition("}")[2]


def list_sheets(raw, parts):
    """The worksheets in the workbook's order. Chart sheets and macro sheets are no worksheets."""
    targets = {}
    for relation in read_part(raw, parts["xl/_rels/workbook.xml.rels"]):
        if relation.get("Type", "").endswith("/worksheet"):
            target = relation.get("Target", "")
            targets[relation.get("Id")] = (
                target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            )
    for element in read_part(raw, parts["xl/workbook.xml"]).iter():
        if local(element.tag) == "sheet":
            relation = next((value for name, value in element.items() if name.endswith("}id")), None)
            if relation in targets:
                yield SheetScan(
                    element.get("name", ""),
                    element.get("state", "visible") == "visible",
                    parts[targets[relation]].filename,
                )


def template_of(raw, parts):
    """`template version`, as write_template() leaves it in the properties, or None."""
    if "docProps/core.xml" not in parts:
        return None
    found = {local(element.tag): element.text for element in read_part(raw, parts["docProps/core.xml"]).iter()}
    return found.get("identifier")
