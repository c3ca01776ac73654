"""Real files for tests of attachments, made here: photographs with camera data, documents, and what is refused."""

from __future__ import annotations

import io
import itertools
import struct
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from PIL import ExifTags, Image

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 160, 60)
# 25°10'42.5" north, 106°05'28.3" east: in Wangmo.
WANGMO_GPS = {1: "N", 2: (25.0, 10.0, 42.5), 3: "E", 4: (106.0, 5.0, 28.3)}
_serial = itertools.count(1)


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def halves(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Red above, blue below; a corner differs from call to call, so that no two pictures or thumbnails are the same."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    serial = next(_serial)
    picture.paste((serial * 40 % 256, serial % 256, 7), (0, 0, size[0] // 16 + 1, size[1] // 16 + 1))
    return picture.convert(mode)


def exif(taken: str = "", zone: str = "", gps: dict | None = None, orientation: int = 0, **base) -> Image.Exif:
    made = Image.Exif()
    for name, value in base.items():
        made[getattr(ExifTags.Base, name)] = value
    if orientation:
        made[ExifTags.Base.Orientation] = orientation
    details = made.get_ifd(ExifTags.IFD.Exif)
    if taken:
        details[ExifTags.Base.DateTimeOriginal] = taken
    if zone:
        details[ExifTags.Base.OffsetTimeOriginal] = zone
    if gps:
        made.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return made


def picture(form: str = "PNG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options) -> bytes:
    out = io.BytesIO()
    halves(size, mode).save(out, form, **options)
    return out.getvalue()


def jpeg(size: tuple[int, int] = (640, 480), **told) -> bytes:
    """A photograph as a camera writes it; `told` as in `exif`."""
    return picture("JPEG", size, exif=exif(**told), comment=b"secret comment %d" % next(_serial))


def pdf(words: str = "") -> bytes:
    """A whole PDF document of one empty page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    out = b"%PDF-1.4\n%" + (words or str(next(_serial))).encode() + b"\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + table
    return out + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def office(main: str, **more: bytes) -> bytes:
    """A package of Office whose main part has this content type."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/main.xml" ContentType="{main}"/></Types>'
    )
    return packed({"[Content_Types].xml": types, "main.xml": f"<main n='{next(_serial)}'/>", **more})


WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def docx() -> bytes:
    return office(WORD_MAIN)


def xlsx() -> bytes:
    book = Workbook()
    book.active["A1"] = next(_serial)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ofd() -> bytes:
    root = f'<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" DocType="OFD" Version="1.{next(_serial)}"/>'
    return packed({"OFD.xml": root})


def compound(*names: str, kind: int = 2) -> bytes:
    """A compound file (the old form of Word, Excel and many others) with streams of these names."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header[76 + 4 : 512] = b"\xff" * (512 - 80)
    allocation = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    entries = [("Root Entry", 5), *((name, kind) for name in names)]
    directory = b"".join(_entry(name, what) for name, what in entries)
    return bytes(header) + allocation + directory.ljust(512, b"\0") + next(_serial).to_bytes(512, "little")


def _entry(name: str, kind: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return (text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)).ljust(128, b"\0")


def doc() -> bytes:
    return compound("WordDocument")


def xls() -> bytes:
    return compound("Workbook")
