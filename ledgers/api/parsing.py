"""Reads JSON bodies; deep nesting, NaN and broken UTF-8 are refused, not met later."""

from __future__ import annotations

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

LARGEST = 20 * 2**20


class TooLarge(APIException):
    status_code = 413


class FastJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge(_("The body is larger than %(limit)s MB. Send it in parts.") % {"limit": LARGEST >> 20})
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("The body is not JSON: %(error)s") % {"error": error}) from error
