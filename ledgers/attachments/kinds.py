"""What a file is, by its content alone; the name must not say otherwise.

Every refusal has words with a remedy. Nothing is unpacked beyond the short part that tells what an archive holds.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

from common.terms import Term, term


@dataclass(frozen=True)
class Kind:
    """An allowed type. The first of the endings is the usual one."""

    media_type: str
    endings: tuple[str, ...]
    label: Term
    photograph: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
JPEG = Kind("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), term("a JPG picture", "JPG 图片"), True)
PNG = Kind("image/png", (".png",), term("a PNG picture", "PNG 图片"), True)
WEBP = Kind("image/webp", (".webp",), term("a WebP picture", "WebP 图片"), True)
HEIC = Kind("image/heic", (".heic", ".heif"), term("a HEIC picture", "HEIC 图片"), True)
PDF = Kind("application/pdf", (".pdf",), term("a PDF document", "PDF 文件"))
DOCX = Kind(f"{_OFFICE}.wordprocessingml.document", (".docx",), term("a Word document", "Word 文档"))
XLSX = Kind(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",), term("an Excel workbook", "Excel 工作簿"))
OFD = Kind("application/ofd", (".ofd",), term("an OFD document", "OFD 版式文件"))
DOC = Kind("application/msword", (".doc", ".wps"), term("a Word document (old kind)", "Word 97-2003 文档"))
XLS = Kind("application/vnd.ms-excel", (".xls", ".et"), term("an Excel workbook (old kind)", "Excel 97-2003 工作簿"))
KINDS = {kind.media_type: kind for kind in (JPEG, PNG, WEBP, HEIC, PDF, DOCX, XLSX, OFD, DOC, XLS)}

# Endings of what is never kept: a name that ends so contradicts any allowed content.
PROGRAMS = frozenset({
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".sh", ".js", ".vbs", ".wsf", ".hta", ".jar", ".apk", ".msi",
    ".lnk", ".py", ".php", ".jsp",
})  # fmt: skip
REFUSED = PROGRAMS | {
    ".svg", ".html", ".htm", ".mht", ".xml", ".zip", ".rar", ".7z", ".gz", ".tar", ".docm", ".dotm", ".xlsm", ".xltm",
    ".xlsb", ".pptx", ".ppt", ".txt", ".csv", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".mp4", ".mov", ".avi", ".mp3",
}  # fmt: skip

MESSAGES = {
    "empty": _("The file is empty (0 bytes). Take or save it again and choose the new file."),
    "unknown_type": _(
        "This kind of file is not accepted. Allowed are photographs (JPG, PNG, WebP) and documents (PDF, OFD, Word, Excel)."
    ),
    "other_picture": _("Pictures of this kind are not accepted. Save it as JPG or PNG and choose that file."),
    "heic": _(
        "HEIC pictures of an iPhone cannot be read here. Set the camera to “Most Compatible”, or save the picture as JPG."
    ),
    "web_page": _(
        "Web pages and SVG drawings can carry programs and are not accepted. Save it as PDF or as a picture."
    ),
    "archive": _("Archives (ZIP, RAR, 7z) are not accepted. Unpack it and choose the files in it."),
    "program": _("Programs are never accepted."),
    "macros": _("The document holds macros. Save it without macros (.docx or .xlsx) and choose that file."),
    "encrypted": _("The document is protected by a password. Remove the password, save it and choose it again."),
    "damaged": _("The file is damaged or incomplete and cannot be opened. Take or save it again."),
    "contradiction": _(
        "The name ends in %(ending)s, but the content is %(kind)s. Give it the right ending, or save it as what it is to be."
    ),
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x05\x06", b"PK\x07\x08")
_EXECUTABLES = (
    b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)  # fmt: skip
_OTHER_PICTURES = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"8BPS", b"\x00\x00\x01\x00")
_MARKUP = re.compile(rb"<(?:!doctype|html|svg|\?xml|script|head|body|!--)", re.IGNORECASE)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_HEAD = 4096
_TAIL = 2048
_LARGEST_DIRECTORY = 2 << 20  # of an archive: some 20,000 parts
_LARGEST_PART = 1 << 20


def fault(code: str, **params) -> ValidationError:
    return ValidationError(MESSAGES[code], code, params)


def recognise(file: BinaryIO, name: str) -> Kind:
    """The kind of an open file, by content. Raises ValidationError for everything that is not kept."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        if not reads_heic():
            raise fault("heic")
        return HEIC
    if head.startswith(b"%PDF-"):
        return _pdf(file)
    if head.startswith(_ZIP):
        return _packed(file)
    if head.startswith(_OLE):
        return _compound(file)
    raise fault(_why_not(head, name))


def reads_heic() -> bool:
    """Whether the installation has a reader for HEIC pictures; Pillow alone has none."""
    return "HEIF" in Image.OPEN


def check_ending(kind: Kind, name: str) -> None:
    """The name's ending must be one of the kind's own, or none that anybody knows (`会议纪要3.5` has none)."""
    ending = PurePath(name).suffix.lower()
    known = REFUSED.union(*(other.endings for other in KINDS.values()))
    if ending in known and ending not in kind.endings:
        raise fault("contradiction", ending=ending, kind=kind.label)


def _why_not(head: bytes, name: str) -> str:
    if not head:
        return "empty"
    if head.startswith(_EXECUTABLES) or PurePath(name).suffix.lower() in PROGRAMS:
        return "program"
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        return "archive"
    if head.startswith(_OTHER_PICTURES) or head[4:12] in (b"ftypavif", b"ftypavis"):
        return "other_picture"
    if _MARKUP.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")):
        return "web_page"
    return "unknown_type"


def _pdf(file: BinaryIO) -> Kind:
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    if b"%%EOF" not in file.read():
        raise fault("damaged")
    return PDF


def _packed(file: BinaryIO) -> Kind:
    """A Word document, an Excel workbook or an OFD document; any other archive is refused."""
    if not _short_directory(file):
        raise fault("damaged")
    try:
        with zipfile.ZipFile(file) as archive:
            parts = {info.filename.lower(): info for info in archive.infolist()}
            if any(info.flag_bits & 0x1 for info in parts.values()):
                raise fault("encrypted")
            if any(PurePath(part).suffix in PROGRAMS for part in parts):
                raise fault("program")
            if "[content_types].xml" in parts:
                return _office(_part(archive, parts["[content_types].xml"]), parts)
            if "ofd.xml" in parts and b"ofdspec.org" in _part(archive, parts["ofd.xml"]):
                return OFD
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise fault("damaged") from error
    raise fault("archive")


def _short_directory(file: BinaryIO) -> bool:
    """Whether the archive's directory has a sound size: each entry costs a thousand bytes once it is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22 or b"PK\x06\x07" in tail[max(0, place - 20) : place]:
        return False
    return struct.unpack_from("<I", tail, place + 12)[0] <= _LARGEST_DIRECTORY


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as part:
        content = part.read(_LARGEST_PART + 1)
    if len(content) > _LARGEST_PART:
        raise fault("damaged")
    return content


def _office(types: bytes, parts: dict) -> Kind:
    types = types.lower()
    if b"macro" in types or b"vbaproject" in types or any("vbaproject" in part for part in parts):
        raise fault("macros")
    if b"wordprocessingml.document.main+xml" in types:
        return DOCX
    if b"spreadsheetml.sheet.main+xml" in types:
        return XLSX
    raise fault("unknown_type")


def _compound(file: BinaryIO) -> Kind:
    """An old Word or Excel file by the streams in its directory, whose entries of 128 bytes lie on multiples of 128."""
    file.seek(0)
    content = file.read()
    if _has(content, "EncryptedPackage"):
        raise fault("encrypted")
    if _has(content, "Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"):
        raise fault("macros")
    if _has(content, "WordDocument"):
        return DOC
    if _has(content, "Workbook", "Book"):
        return XLS
    raise fault("unknown_type")


def _has(content: bytes, *names: str) -> bool:
    for name in names:
        wanted = name.encode("utf-16-le") + b"\0\0"
        told = struct.pack("<H", len(wanted))
        for found in re.finditer(re.escape(wanted), content, re.IGNORECASE):
            start = found.start()
            # An entry tells the length of its name, and its type: 1 a folder, 2 a stream.
            if start % 128 == 0 and content[start + 64 : start + 67] in (told + b"\1", told + b"\2"):
                return True
    return False
