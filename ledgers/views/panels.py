"""The panels of a record's page: those that higher apps add, and its photographs and documents."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string

from common.ledger import Ledger
from ledgers.access import known_to
from ledgers.attachments.presenting import panel_of
from ledgers.attachments.queries import visible


def panels_of(ledger: Ledger, member: models.Model, request: HttpRequest) -> list[dict]:
    """[{key, title, body}], ready to be placed on any page of the record."""
    user = request.user
    panels = list(known_to(user, ledger).panels)
    if ledger.attachments and visible(ledger, member, user):
        panels.append(panel_of(ledger))
    return [
        {
            "key": panel.key,
            "title": panel.title,
            "body": render_to_string(panel.template, {**panel.context(member, user), "user": user}, request),
        }
        for panel in panels
    ]
