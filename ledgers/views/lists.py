"""The list page of a ledger: query area, chips, sort, pages, columns, saved views; everything stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import roles
from common.ledger import Act, Column, Filter, Ledger, registry
from common.terms import labelled
from ledgers import queries
from ledgers.access import ledger_for
from ledgers.filters import Selection, choices_of, filters_of, parameter_names, select
from ledgers.models import SavedView
from ledgers.presenting import Presenter

PAGE_SIZE = 50
OWN_PARAMETERS = frozenset({"sort", "at", "view"})
# Told whole: what a template looks up in vain costs it more than all the rest of a cell.
PLAIN_CELL = {"url": "", "align": "", "tag": "", "title": ""}
WIDE_FROM = 9  # columns above which the table scrolls inside its own area


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All ledgers and composite sheets that the user may read, by subject."""
    ledgers = [ledger for ledger in registry if roles.can(request.user, "read", ledger.key)]
    sheets = [sheet for sheet in registry.sheets.values() if roles.can(request.user, "read", sheet.key)]
    groups = [(subject, list(members)) for subject, members in groupby(ledgers, key=_subject)]
    if sheets:
        groups.append((_("Workbooks that feed several ledgers"), sheets))
    context = {"groups": groups, "breadcrumb": [{"label": _("Ledgers")}]}
    return render(request, "ledgers/index.html", context)


def _subject(ledger: Ledger) -> str:
    return str(ledger.subject or ledger.model._meta.app_config.verbose_name)


@login_required
@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    if key in registry.sheets:
        return _show_sheet(request, key)
    ledger = ledger_for(request.user, key, "read")
    page = ListPage(ledger, request)
    return render(request, "ledgers/list.html", page.context(), status=422 if page.faults else 200)


def _show_sheet(request: HttpRequest, key: str) -> HttpResponse:
    roles.check(request.user, "read", key)
    sheet = registry.sheets[key]
    context = {
        "sheet": sheet,
        "ledgers": [registry[level.ledger] for level in sheet.levels],
        "actions": [action for action in _file_actions(request.user, key, "") if action["url"]],
        "breadcrumb": [{"label": _("Ledgers"), "url": "/ledgers/"}, {"label": sheet.title}],
    }
    return render(request, "ledgers/sheet.html", context)


def list_url(ledger: Ledger, parameters: dict[str, str]) -> str:
    told = {name: value for name, value in parameters.items() if value}
    return f"/ledgers/{ledger.key}/" + (f"?{urlencode(told)}" if told else "")


def _file_actions(user, key: str, query: str, *, enters: bool = True) -> list[dict]:
    """Links to import, template (where rows are entered at all) and export, for those who may."""
    found = []
    if enters and roles.can(user, "import", key):
        found += [
            {"label": _("Import"), "url": f"/ledgers/{key}/import/"},
            {"label": _("Template"), "url": f"/ledgers/{key}/template/"},
        ]
    if roles.can(user, "export", key):
        found.append({"label": _("Export"), "url": f"/ledgers/{key}/export/{query}"})
    return found


class ListPage:
    """What one request asks of one ledger, and the answer as the templates want it."""

    def __init__(self, ledger: Ledger, request: HttpRequest):
        self.ledger = ledger
        self.user = request.user
        self.parameters = request.GET.dict()
        self.view = self._view()
        self.layout = SavedView.objects.filter(user=self.user, ledger=ledger.key, name="").first()
        chosen = self.view.columns if self.view else self.layout.columns if self.layout else ()
        self.columns: Sequence[Column] = queries.listed_columns(ledger, chosen)
        self.selection: Selection = select(ledger, self.parameters, self.user, ignore=OWN_PARAMETERS)
        self.faults = [problem.message for problem in self.selection.problems]
        self.order = queries.Order(ledger.sort)
        self.page = queries.Page([])
        self.count, self.capped = 0, False
        if not self.faults:
            self._read()

    def _view(self) -> SavedView | None:
        key = self.parameters.get("view", "")
        if not key.isdecimal() or len(key) > 9:
            return None
        return SavedView.open_to(self.user, self.ledger.key).filter(pk=int(key)).first()

    def _read(self) -> None:
        rows = self.selection.apply(self.ledger.rows(self.user))
        try:
            self.order = queries.order_of(self.ledger, self.parameters.get("sort", ""))
            # All columns, not the shown ones alone: the row's address may be made of any of them.
            self.page = queries.read_page(
                rows, self.ledger.columns, self.order, PAGE_SIZE, self.parameters.get("at", "")
            )
        except ValidationError as error:
            self.faults = error.messages
            return
        self.count, self.capped = queries.capped_count(rows)

    @property
    def kept(self) -> dict[str, str]:
        """The filters, sort and view, without the place in the list."""
        kept = self.selection.parameters
        if self.order.name:
            kept["sort"] = self.order.parameter
        return kept | ({"view": str(self.view.pk)} if self.view else {})

    def context(self) -> dict:
        ledger = self.ledger
        return {
            "ledger": ledger,
            "breadcrumb": [{"label": _("Ledgers"), "url": "/ledgers/"}, {"label": ledger.title}],
            "faults": self.faults,
            "filters": self._filters(),
            "chips": self._chips(),
            "hidden": self._hidden(),
            "reset_url": f"/ledgers/{ledger.key}/",
            "table": self._table(),
            "pager": self._pager(),
            "actions": self._actions(),
            "batch": self.batch if self.page.rows else None,
            "chooser": [
                {"name": column.name, "label": ledger.heading(column), "checked": column in self.columns}
                for column in ledger.columns
            ],
            "views": SavedView.open_to(self.user, ledger.key).select_related("user"),
            "view": self.view,
            "query": urlencode(self.selection.parameters | ({"sort": self.order.parameter} if self.order.name else {})),
            "can_find": any(column.name == "id_number" for column in ledger.written),
        }

    def _filters(self) -> list[dict]:
        chosen = {item.filter.name: item for item in self.selection.chosen}
        return [
            self._filter(added, chosen.get(added.name)) for added in filters_of(self.ledger).values() if added.shown
        ]

    def _filter(self, added: Filter, chosen) -> dict:
        kinds = {"exact": "text", "date": "range", "number": "range"}
        names = parameter_names(added)
        raw = [self.parameters.get(name, "") for name in names]
        if len(names) == 2 and chosen:
            raw = list(chosen.value)
        return {
            "name": added.name,
            "label": added.label,
            "kind": kinds.get(added.kind, added.kind),
            "dates": added.kind == "date",
            "value": raw if len(names) == 2 else raw[0],
            "choices": choices_of(added) if added.kind == "choice" else (),
            "picked": chosen.words if chosen and added.kind == "division" else "",
        }

    def _chips(self) -> list[dict]:
        kept = self.kept
        return [
            {
                "label": labelled(item.filter.label, item.words),
                "remove_url": list_url(self.ledger, {k: v for k, v in kept.items() if k not in item.parameters}),
            }
            for item in self.selection.chosen
        ]

    def _hidden(self) -> list[tuple[str, str]]:
        """What the query area must not lose: the sort, and filters that it does not show."""
        shown = {name for added in filters_of(self.ledger).values() if added.shown for name in parameter_names(added)}
        return [(name, value) for name, value in self.kept.items() if name not in shown]

    def _table(self) -> dict:
        present = Presenter(self.ledger, self.user, self.columns)
        present.prepare(self.page.rows)
        return {
            "caption": str(self.ledger.title),
            "columns": [self._heading(present, column) for column in self.columns],
            "groups": _groups(self.columns),
            "rows": [self._row(present, row) for row in self.page.rows],
            "wide": len(self.columns) >= WIDE_FROM,
            "selectable": self.batch is not None,
            "empty": None if self.faults else self._empty(),
        }

    def _heading(self, present: Presenter, column: Column) -> dict:
        heading = {
            "key": column.name,
            "label": self.ledger.heading(column),
            "align": present.align(column),
            "width_class": present.width_class(column),
        }
        if column.sort:
            mine = self.order.name == column.name
            descending = mine and self.order.descending
            asked = column.name if descending or not mine else f"-{column.name}"
            heading["sort_url"] = list_url(self.ledger, self.kept | {"sort": asked})
            heading["aria_sort"] = ("descending" if descending else "ascending") if mine else ""
        return heading

    @cached_property
    def linked(self) -> Column:
        """The column whose cells lead to the row's page: the first, unless it is a place that many rows share."""
        first, keys = self.columns[0], self.ledger.natural_key
        if first.name in keys or self.ledger.kind(first) != "division":
            return first
        return next((column for column in self.columns if column.name in keys), first)

    def _row(self, present: Presenter, row: dict) -> dict:
        cells = [PLAIN_CELL | {"text": present.text(column, row[column.name])} for column in self.columns]
        cells[self.columns.index(self.linked)]["url"] = row_url(self.ledger, row)
        return {"id": row["id"], "url": "", "class": "", "cells": cells}

    def _empty(self) -> dict:
        if not self.user.ranges:
            return {
                "title": _("No area is assigned to you"),
                "text": _("You may read this ledger, but your account has no area. Ask your administrator for one."),
            }
        if self.selection.chosen:
            return {
                "title": _("No record fits these filters"),
                "text": _("Remove a filter above, or start again."),
                "action_url": f"/ledgers/{self.ledger.key}/",
                "action_label": _("Show all"),
            }
        empty = {
            "title": _("There are no records in your area yet"),
            "text": _("They appear here once somebody enters them."),
        }
        if roles.can(self.user, "import", self.ledger.key):
            empty |= {
                "text": _("Begin with the workbook that you have: it is checked before anything is stored."),
                "action_url": f"/ledgers/{self.ledger.key}/import/",
                "action_label": _("Import a workbook"),
            }
        return empty

    def _pager(self) -> dict:
        def at(cursor: str) -> str:
            return list_url(self.ledger, self.kept | {"at": cursor}) if cursor else ""

        return {
            "shown": len(self.page.rows),
            "count": self.count,
            "capped": self.capped,
            "first_url": list_url(self.ledger, self.kept) if self.page.previous else "",
            "previous_url": at(self.page.previous),
            "next_url": at(self.page.next),
        }

    def _acts(self, *, of_selection: bool) -> list[Act]:
        return [
            act
            for act in self.ledger.acts
            if act.of_selection is of_selection
            and not act.of_member
            and roles.can(self.user, act.right, self.ledger.key)
            and (act.may is None or act.may(self.user))
        ]

    @cached_property
    def batch(self) -> dict | None:
        """What may be done to rows that are picked; None where nothing may."""
        acts = self._acts(of_selection=True)
        if not acts:
            return None
        return {
            "url": acts[0].url(self.selection.parameters),
            "acts": [{"key": act.key, "label": act.label} for act in acts],
            "query": urlencode(self.selection.parameters),
        }

    def _actions(self) -> list[dict]:
        ledger, user = self.ledger, self.user
        query = urlencode(self.selection.parameters)
        enters = ledger.entry and (ledger.enters is None or ledger.enters(user))
        found = []
        if enters and roles.can(user, "write", ledger.key):
            url = ledger.entry_address or f"/ledgers/{ledger.key}/new/"
            found.append({"label": _("New record"), "url": url, "primary": True})
        found += _file_actions(user, ledger.key, f"?{query}" if query else "", enters=enters)
        found += [
            {"label": act.label, "url": act.url(self.selection.parameters)} for act in self._acts(of_selection=False)
        ]
        return found


def row_url(ledger: Ledger, row: dict) -> str:
    """The page of a row (a dict by column name): the one that the ledger names, else the generic one."""
    if ledger.address:
        return ledger.address(row)
    return f"/ledgers/{ledger.key}/{row['id'] if ledger.member_by == 'id' else row[ledger.member_by]}/"


def _groups(columns: Sequence[Column]) -> list[dict] | None:
    """Neighbouring columns of one heading group; None where no column has one."""
    if not any(column.group for column in columns):
        return None
    groups: list[dict] = []
    for column in columns:
        label = column.group or ""
        if label and groups and groups[-1]["label"] == label:
            groups[-1]["span"] += 1
        else:
            groups.append({"label": label, "span": 1})
    return groups
