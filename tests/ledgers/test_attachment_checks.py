"""What is kept and what is refused, by content; what a camera tells; names; thumbnails."""

import datetime as dt
import io
import os
import struct
import subprocess
import sys
import zlib
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from common.clock import CHINA
from common.problems import Refused
from ledgers.attachments import kinds
from ledgers.attachments.checking import check, clean_name
from relocation.settings import BASE_DIR
from tests.ledgers import attachment_files as make
from tests.ledgers.attachment_files import BLUE, RED, WANGMO_GPS, upload

NOW = dt.datetime(2026, 6, 30, 9, tzinfo=CHINA)


def checked(name: str, content: bytes):
    [found] = check([upload(name, content)], [], [], NOW)
    return found


def refusals(*files: SimpleUploadedFile, captions=()) -> list[tuple[int, str, str]]:
    with pytest.raises(Refused) as refused:
        check(files, captions, [], NOW)
    for problem in refused.value.problems:
        assert problem.message and (problem.value or problem.code in ("required", "too_many", "too_large_together"))
    return [(problem.row, problem.field, problem.code) for problem in refused.value.problems]


def codes(name: str, content: bytes) -> list[str]:
    return [code for _row, _field, code in refusals(upload(name, content))]


KEPT = {
    "a.jpg": (make.jpeg, "image/jpeg"),
    "a.JPEG": (make.jpeg, "image/jpeg"),
    "a.png": (make.picture, "image/png"),
    "a.webp": (lambda: make.picture("WEBP"), "image/webp"),
    "a.pdf": (make.pdf, "application/pdf"),
    "a.docx": (make.docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "a.xlsx": (make.xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "a.ofd": (make.ofd, "application/ofd"),
    "a.doc": (make.doc, "application/msword"),
    "a.wps": (make.doc, "application/msword"),
    "a.xls": (make.xls, "application/vnd.ms-excel"),
    "会议纪要3.5": (make.pdf, "application/pdf"),  # no ending that anybody knows
    "照片": (make.jpeg, "image/jpeg"),
}


@pytest.mark.parametrize("name", KEPT)
def test_these_are_kept(name):
    content, media_type = KEPT[name]
    found = checked(name, content())
    assert found.kind.media_type == media_type
    assert (found.picture is not None) is media_type.startswith("image/")


def test_a_fresh_process_reads_every_picture(tmp_path):
    """Pillow learns of formats as they are needed: what other tests have loaded must not be what makes it work."""
    for form in ("JPEG", "PNG", "WEBP"):
        (tmp_path / form).write_bytes(make.picture(form))
    program = (
        "import datetime, pathlib, sys, django; django.setup()\n"
        "from ledgers.attachments import kinds, pictures\n"
        "for path in sys.argv[1:]:\n"
        "    with open(path, 'rb') as file:\n"
        "        assert kinds.recognise(file, 'a').photograph\n"
        "        assert pictures.read(file, 320, datetime.datetime.now(datetime.UTC)).width == 640, path\n"
    )
    for form in ("WEBP", "JPEG", "PNG"):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "relocation.settings"}
        subprocess.run([sys.executable, "-c", program, str(tmp_path / form)], check=True, env=environment, cwd=BASE_DIR)


def png_that_claims(width: int, height: int) -> bytes:
    """A tiny file that unpacks to an enormous picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


def encrypted_zip() -> bytes:
    """The flag of encryption in both headers of its only part."""
    content = bytearray(make.packed({"[Content_Types].xml": "x"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def wide_directory() -> bytes:
    """An archive that tells of a directory of 64 MB."""
    content = bytearray(make.docx())
    struct.pack_into("<I", content, content.rindex(b"PK\x05\x06") + 12, 64 << 20)
    return bytes(content)


HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
REFUSED = [
    ("a.jpg", b"", ["empty"]),
    ("a.pdf", b"", ["empty"]),
    ("a.jpg", make.jpeg()[:-2000], ["damaged"]),
    ("a.png", make.picture()[:300], ["damaged"]),
    ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 500, ["damaged"]),
    ("a.pdf", make.pdf()[:-40], ["damaged"]),
    ("a.docx", make.docx()[:-30], ["damaged"]),
    ("a.docx", wide_directory(), ["damaged"]),
    ("a.png", png_that_claims(10_000, 9_000), ["too_many_pixels"]),
    ("a.png", png_that_claims(60_000, 60_000), ["too_many_pixels"]),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64, ["heic"]),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", ["web_page"]),
    ("a.svg", b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", ["web_page"]),
    ("a.html", HTML, ["web_page"]),
    ("a.pdf", HTML, ["web_page"]),
    ("a.zip", make.packed({"a.pdf": make.pdf()}), ["archive"]),
    ("a.docx", make.packed({"word/document.xml": "x"}), ["archive"]),
    ("a.ofd", make.packed({"OFD.xml": "<x/>"}), ["archive"]),
    ("a.zip", make.packed({}), ["archive"]),
    ("a.rar", b"Rar!\x1a\x07\x01\x00" + b"\0" * 60, ["archive"]),
    ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, ["archive"]),
    ("a.tar", b"a.pdf".ljust(257, b"\0") + b"ustar\x0000", ["archive"]),
    ("a.exe", b"MZ\x90\0" + b"\0" * 60, ["program"]),
    ("a.jpg", b"MZ\x90\0" + b"\0" * 60, ["program"]),
    ("a", b"\x7fELF\x02\x01\x01", ["program"]),
    ("a.sh", b"#!/bin/sh\nrm -rf /\n", ["program"]),
    ("a.bat", b"@echo off\r\n", ["program"]),
    ("a.docx", make.office(make.WORD_MAIN, **{"word/evil.exe": b"MZ"}), ["program"]),
    ("a.docm", make.office("application/vnd.ms-word.document.macroEnabled.main+xml"), ["macros"]),
    ("a.docx", make.office("application/vnd.ms-word.document.macroEnabled.main+xml"), ["macros"]),
    ("a.xlsx", make.office(make.EXCEL_MAIN, **{"xl/vbaProject.bin": b"x"}), ["macros"]),
    ("a.xlsb", make.office("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), ["macros"]),
    ("a.doc", make.compound("WordDocument", "Macros"), ["macros"]),
    ("a.xls", make.compound("Workbook", "_VBA_PROJECT_CUR", kind=1), ["macros"]),
    ("a.xls", make.compound("WORKBOOK", "_vba_project_cur"), ["macros"]),
    ("a.docx", make.compound("EncryptedPackage", "EncryptionInfo"), ["encrypted"]),
    ("a.docx", encrypted_zip(), ["encrypted"]),
    ("a.pptx", make.office(make.SLIDES_MAIN), ["unknown_type"]),
    ("a.msi", make.compound("SummaryInformation"), ["unknown_type"]),
    ("a.doc", make.compound("Root of all", kind=2) + "WordDocument".encode("utf-16-le"), ["unknown_type"]),
    ("a.gif", make.picture("GIF"), ["other_picture"]),
    ("a.bmp", make.picture("BMP"), ["other_picture"]),
    ("a.tiff", make.picture("TIFF"), ["other_picture"]),
    ("a.avif", make.picture("AVIF"), ["other_picture"]),
    ("a.txt", "整改完成".encode(), ["unknown_type"]),
    ("a.csv", b"a,b\n1,2\n", ["unknown_type"]),
    ("a.png", make.jpeg(), ["contradiction"]),
    ("a.pdf", make.jpeg(), ["contradiction"]),
    ("a.exe", make.jpeg(), ["contradiction"]),
    ("photo.jpg.html", make.jpeg(), ["contradiction"]),
    ("a.docx", make.xlsx(), ["contradiction"]),
    ("a.docx", make.doc(), ["contradiction"]),
    ("a.zip", make.docx(), ["contradiction"]),
    ("a.png", make.jpeg()[:-2000], ["contradiction", "damaged"]),  # everything at once
]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # we refuse where Pillow warns
@pytest.mark.parametrize(("name", "content", "expected"), REFUSED, ids=lambda value: str(value)[:30])
def test_these_are_refused(name, content, expected):
    assert codes(name, content) == expected


def test_every_refusal_by_kind_is_in_the_table():
    """A message that no file brings about would be dead."""
    assert {code for _name, _content, expected in REFUSED for code in expected} >= set(kinds.MESSAGES)


def test_each_file_has_all_its_faults_and_all_files_are_told(settings):
    settings.ATTACHMENT_PHOTOGRAPH_BYTES = settings.ATTACHMENT_DOCUMENT_BYTES = 1 << 10
    big = make.jpeg()
    assert refusals(
        upload("a.pdf", big), upload("b.pdf", b""), upload("c.pdf", make.pdf()), upload("d.jpg", big),
        captions=["", "", "长" * 201],
    ) == [
        (0, "files", "too_large"),
        (0, "files", "contradiction"),
        (1, "files", "empty"),
        (2, "captions", "too_long"),
        (3, "files", "too_large"),
        (3, "files", "duplicate"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("make_file", "setting"),
    [(make.jpeg, "ATTACHMENT_PHOTOGRAPH_BYTES"), (make.pdf, "ATTACHMENT_DOCUMENT_BYTES")],
)
def test_the_limit_of_size_is_the_last_size_that_is_kept(settings, make_file, setting):
    content = make_file()
    setattr(settings, setting, len(content))
    assert checked("a", content).size == len(content)
    setattr(settings, setting, len(content) - 1)
    assert codes("a", content) == ["too_large"]


def test_the_shipped_limits(settings):
    assert settings.ATTACHMENT_PHOTOGRAPH_BYTES == 20 << 20
    assert settings.ATTACHMENT_DOCUMENT_BYTES == 50 << 20
    assert settings.ATTACHMENTS_AT_A_TIME == 20


def test_at_most_so_many_at_a_time(settings):
    content = [make.pdf() for _n in range(21)]
    assert len(check([upload("a.pdf", one) for one in content[:20]], [], [], NOW)) == 20
    assert refusals(*(upload("a.pdf", one) for one in content)) == [(0, "files", "too_many")]
    assert refusals() == [(0, "files", "required")]
    settings.ATTACHMENTS_TOGETHER_BYTES = len(content[0]) + len(content[1]) - 1
    assert refusals(*(upload("a.pdf", one) for one in content[:2])) == [(0, "files", "too_large_together")]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("整改照片.jpg", "整改照片.jpg"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\照片\\现场.jpg", "现场.jpg"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "ab Set-Cookie: x.pdf"),
        ("gpj.\u202eexe.pdf", "gpj.exe.pdf"),  # a mark that turns the direction of reading
        ("  .pdf. ", "pdf"),
        ("..", "文件"),
        ("", "文件"),
        ("长" * 200 + ".jpeg", "长" * 115 + ".jpeg"),
    ],
)
def test_names_are_cleaned(raw, clean):
    assert clean_name(raw) == clean


CAMERA = [
    ("2026:03:01 10:20:30", "", "2026-03-01T10:20:30+08:00"),
    ("2026:03:01 10:20:30", "+00:00", "2026-03-01T10:20:30+00:00"),
    ("2026:07:01 08:59:00", "", "2026-07-01T08:59:00+08:00"),  # a clock that goes a day fast at most
    ("2026:07:01 09:00:01", "", None),
    ("0000:00:00 00:00:00", "", None),
    ("2026:02:30 10:00:00", "", None),
    ("1970:01:01 00:00:00", "", None),
    ("yesterday", "", None),
    ("2026:03:01 10:20:30", "+99:00", None),
    ("", "", None),
]


@pytest.mark.parametrize(("taken", "zone", "expected"), CAMERA)
def test_when_it_was_taken(taken, zone, expected):
    found = checked("a.jpg", make.jpeg(taken=taken, zone=zone)).picture.taken_at
    assert (found and found.isoformat()) == expected


NAN = float("nan")
PLACES = [
    (WANGMO_GPS, ("25.178472", "106.091194")),
    (WANGMO_GPS | {1: "S", 3: "W"}, ("-25.178472", "-106.091194")),
    (WANGMO_GPS | {2: (90.0, 0.0, 0.0), 4: (180.0, 0.0, 0.0)}, ("90", "180")),
    (WANGMO_GPS | {2: (90.0, 0.0, 1.0)}, None),
    (WANGMO_GPS | {4: (180.0, 1.0, 0.0)}, None),
    (WANGMO_GPS | {2: (25.0, 60.0, 0.0)}, None),
    (WANGMO_GPS | {2: (25.0, 0.0, 60.0)}, None),
    (WANGMO_GPS | {1: "X"}, None),
    (WANGMO_GPS | {1: ""}, None),
    (WANGMO_GPS | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, None),
    ({2: WANGMO_GPS[2], 4: WANGMO_GPS[4]}, None),
    ({1: "N", 2: WANGMO_GPS[2]}, None),
    (WANGMO_GPS | {2: (25.0, 10.0)}, None),
]


@pytest.mark.parametrize(("gps", "expected"), PLACES)
def test_where_it_was_taken(gps, expected):
    picture = checked("a.jpg", make.jpeg(gps=gps)).picture
    expected = expected and tuple(map(Decimal, expected))
    assert ((picture.latitude, picture.longitude) if picture.latitude is not None else None) == expected
    assert (picture.latitude is None) is (picture.longitude is None)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_pictures_tell_place_and_time_as_well(form):
    told = make.exif(taken="2026:03:01 10:20:30", gps=WANGMO_GPS, Make="Cam")
    picture = checked("a", make.picture(form, exif=told)).picture
    assert picture.taken_at and picture.latitude


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_camera_data_that_is_broken_does_not_cost_the_photograph():
    content = bytearray(make.jpeg(taken="2026:03:01 10:20:30", gps=WANGMO_GPS, orientation=6))
    start = content.index(b"Exif\0\0") + 6
    content[start + 4 : start + 8] = b"\xff\xff\xff\x7f"  # the first directory lies beyond the end
    picture = checked("a.jpg", bytes(content)).picture
    assert (picture.taken_at, picture.latitude, picture.width) == (None, None, 640)


def near(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 60 for one, other in zip(colour, wanted, strict=True))


# Orientation: where red (above in the file) is seen, as a point of the thumbnail, and where blue.
ORIENTATIONS = {
    1: ((160, 20), (160, 220)), 2: ((160, 20), (160, 220)), 3: ((160, 220), (160, 20)), 4: ((160, 220), (160, 20)),
    5: ((20, 160), (220, 160)), 6: ((220, 160), (20, 160)), 7: ((220, 160), (20, 160)), 8: ((20, 160), (220, 160)),
}  # fmt: skip


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_thumbnails_are_upright_and_small_and_tell_nothing(orientation):
    content = make.jpeg((1600, 1200), orientation=orientation, taken="2026:03:01 10:20:30", gps=WANGMO_GPS, Make="Cam")
    picture = checked("a.jpg", content).picture
    thumbnail = Image.open(io.BytesIO(picture.thumbnail))
    lies = orientation > 4
    assert (picture.width, picture.height) == ((1200, 1600) if lies else (1600, 1200))
    assert thumbnail.size == ((240, 320) if lies else (320, 240))
    red, blue = ORIENTATIONS[orientation]
    assert near(thumbnail.getpixel(red), RED) and near(thumbnail.getpixel(blue), BLUE)
    assert (thumbnail.format, dict(thumbnail.getexif())) == ("JPEG", {})
    assert b"Exif" not in picture.thumbnail and b"secret" not in picture.thumbnail and b"Cam" not in picture.thumbnail


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_mode_have_a_thumbnail(mode):
    if mode == "I;16":
        out = io.BytesIO()
        Image.new(mode, (640, 480), 0x8000).save(out, "PNG")
        content = out.getvalue()
    else:
        content = make.picture("PNG", mode=mode)
    thumbnail = Image.open(io.BytesIO(checked("a.png", content).picture.thumbnail))
    assert thumbnail.size == (320, 240)
    if mode == "I;16":
        assert near(thumbnail.getpixel((100, 100)), (128, 128, 128))


def test_what_is_clear_in_a_picture_is_white_in_its_thumbnail():
    out = io.BytesIO()
    Image.new("RGBA", (400, 10), (0, 0, 0, 0)).save(out, "PNG")
    picture = checked("a.png", out.getvalue()).picture
    thumbnail = Image.open(io.BytesIO(picture.thumbnail))
    assert thumbnail.size == (320, 8) and near(thumbnail.getpixel((10, 4)), (255, 255, 255))


WHOLE = [make.jpeg(taken="2026:03:01 10:20:30", gps=WANGMO_GPS), make.picture(size=(60, 40)), make.docx(), make.doc()]


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")  # of damaged pictures
@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=20),
    st.floats(0, 1),
)
def test_damage_of_any_kind_is_refused_or_harmless(content, changes, kept):
    """No damaged file ends in an error of ours."""
    damaged = bytearray(content)
    for place, value in changes:
        damaged[int(place * len(damaged))] = value
    damaged = damaged[: int(len(damaged) * kept)] if kept < 0.5 else damaged
    try:
        [found] = check([upload("a", bytes(damaged))], [], [], NOW)
    except Refused as refusal:
        assert refusal.problems
    else:
        assert found.size == len(damaged)
