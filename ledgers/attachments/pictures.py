"""Photographs: their size, when and where they were taken, and a thumbnail without any of that.

What a camera writes is often nonsense (no clock set, no satellite found): a value that cannot be true is left out.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import struct
import zlib
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image

from common.clock import CHINA
from ledgers.attachments.kinds import fault, reads_heic

FORMATS = ("JPEG", "PNG", "WEBP")
FIRST_DIGITAL = 1990
QUALITY = 80
# How a camera was held, by EXIF, and what puts the picture upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)
# What Pillow raises on damaged pictures and damaged camera data.
DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError, OverflowError,
    AttributeError, ZeroDivisionError,
)  # fmt: skip
TOO_MANY_PIXELS = _(
    "The picture has %(pixels)s million pixels; at most %(limit)s million are accepted. Take it in a usual resolution,"
    " or save it smaller."
)


@dataclass(frozen=True)
class Picture:
    """Width and height as it is looked at; `thumbnail` is a JPEG."""

    width: int
    height: int
    thumbnail: bytes
    taken_at: dt.datetime | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


def read(file: BinaryIO, thumbnail: int, now: dt.datetime) -> Picture:
    """Look through a picture. Raises ValidationError where it is damaged or far too large when unpacked."""
    file.seek(0)
    try:
        with Image.open(file, formats=(*FORMATS, *(["HEIF"] if reads_heic() else []))) as image:
            width, height = image.size
            _refuse_bomb(width * height)
            exif = _exif(image)
            orientation = exif.get(ExifTags.Base.Orientation)
            if orientation in SIDEWAYS:
                width, height = height, width
            small = _thumbnail(image, orientation, thumbnail)
    except Image.DecompressionBombError as error:
        raise too_many_pixels(2 * Image.MAX_IMAGE_PIXELS) from error
    except DAMAGED as error:
        raise fault("damaged") from error
    return Picture(width, height, small, taken_at(exif, now), *place(exif))


def too_many_pixels(pixels: int) -> ValidationError:
    params = {"pixels": math.ceil(pixels / 1e6), "limit": Image.MAX_IMAGE_PIXELS // 10**6}
    return ValidationError(TOO_MANY_PIXELS, "too_many_pixels", params)


def _refuse_bomb(pixels: int) -> None:
    # Pillow itself only warns up to twice its limit.
    if pixels > Image.MAX_IMAGE_PIXELS:
        raise too_many_pixels(pixels)


def _thumbnail(image: Image.Image, orientation: int, longest: int) -> bytes:
    """The picture upright, on white, without camera data, comments and colour profile."""
    if image.mode in ("1", "P"):
        image = image.convert("RGBA")  # colours of a palette cannot be mixed
    elif image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # sixteen bits of grey
    image.thumbnail((longest, longest))
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    image = image.convert("RGBA")
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image.getchannel("A"))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _exif(image: Image.Image) -> Image.Exif:
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except DAMAGED:
        return Image.Exif()
    return exif


def taken_at(exif: Image.Exif, now: dt.datetime) -> dt.datetime | None:
    """When the shutter went, in China's time unless the camera tells its zone; None for what cannot be."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    raw = _text(details.get(ExifTags.Base.DateTimeOriginal))
    zone = _text(details.get(ExifTags.Base.OffsetTimeOriginal))
    try:
        moment = dt.datetime.strptime(raw, "%Y:%m:%d %H:%M:%S").replace(tzinfo=CHINA)
        if zone:
            moment = dt.datetime.strptime(f"{raw} {zone}", "%Y:%m:%d %H:%M:%S %z")
    except ValueError:
        return None
    # A camera's clock may go a little fast, but no photograph is from next week.
    return moment if moment.year >= FIRST_DIGITAL and moment <= now + dt.timedelta(days=1) else None


def place(exif: Image.Exif) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Latitude and longitude in degrees, south and west negative; nothing unless both are whole and on the globe."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), _text(gps.get(ExifTags.GPS.GPSLatitudeRef)), "NS", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), _text(gps.get(ExifTags.GPS.GPSLongitudeRef)), "EW", 180)
    if latitude is None or longitude is None or not (latitude or longitude):  # 0, 0: no satellite found
        return None, None
    return latitude, longitude


def _degrees(parts, reference: str, signs: str, most: int) -> Decimal | None:
    """Degrees, minutes and seconds with a letter for the half of the globe."""
    try:
        degrees, minutes, seconds = map(float, parts)
    except DAMAGED:
        return None
    sound = 0 <= degrees <= most and 0 <= minutes < 60 and 0 <= seconds < 60  # false for what is no number, too
    value = degrees + minutes / 60 + seconds / 3600
    if not sound or value > most or reference not in tuple(signs):
        return None
    return round(Decimal(value if reference == signs[0] else -value), 6)


def _text(raw) -> str:
    if isinstance(raw, bytes):
        raw = raw.decode("ascii", "replace")
    return raw.strip(" \0") if isinstance(raw, str) else ""
