"""An item as its page and its papers show it: facts, state, what is due, who answers, and the record of its acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from alerts.kinds import DEADLINE_KINDS
from alerts.models import Deadline
from common import scope
from common.clock import CHINA
from common.codes import label
from common.ledger import registry
from divisions.models import Unit
from divisions.queries import path_of
from ledgers.attachments.queries import of_subject
from ledgers.masking import shown_as
from ledgers.models import Attachment
from rectification.models import ItemMove, RectificationItem
from rectification.queries.rights import LEDGER
from rectification.states import STATES, word_of

TONES = {"ok": "good"}
ACT_TONES = {
    "return": "bad", "find_false": "bad", "reopen": "bad", "hand_back": "warn", "refuse_extension": "warn", "pause": "warn",
    "verify": "good", "close": "good", "grant_extension": "good", "look_back": "good",
}  # fmt: skip
# What acts were told, in the order in which it is read.
TOLD = (
    "lead_unit", "responsible", "from", "deadline_on", "extension_to", "completed_on", "notice_from", "notice_to",
    "closing_number", "into", "number", "places", "units", "effect",
)  # fmt: skip


def tone_of(state: str) -> str:
    tone = STATES[state].tone
    return TONES.get(tone, tone)


def due_in_words(due_on: dt.date, on: dt.date) -> str:
    days = (due_on - on).days
    if days < 0:
        return _("%(n)s days late") % {"n": -days}
    return _("%(n)s days left") % {"n": days} if days else _("due today")


def dues(item: RectificationItem, on: dt.date) -> list[dict]:
    """What is due for the item now, in words."""
    rows = Deadline.objects.filter(ledger=LEDGER, subject_id=item.pk, cleared_on=None).order_by("due_on", "id")
    found = []
    for row in rows:
        late, near = row.due_on < on, row.due_on <= on + dt.timedelta(7)
        paused = row.paused_on is not None
        found.append(
            {
                "title": DEADLINE_KINDS[row.kind].title,
                "due_on": row.due_on,
                "words": _("paused since %(day)s") % {"day": row.paused_on} if paused else due_in_words(row.due_on, on),
                "tone": "neutral" if paused else "bad" if late else "warn" if near else "good",
            }
        )
    return found


def place_of(item: RectificationItem, on: dt.date) -> str:
    """The division in words, from the province down."""
    return " ".join(division.name for division in path_of(item.region, on)) if item.region else _("The whole nation")


def phone_of(item: RectificationItem) -> str:
    ledger = registry[LEDGER]
    return shown_as(ledger, ledger.by_name["responsible_phone"], item.responsible_phone)


def facts(item: RectificationItem, on: dt.date) -> list[dict]:
    """[{label, text, wide}] of the problem as it was entered."""

    def fact(name: str, text=None, wide: bool = False) -> dict:
        value = getattr(item, name) if text is None else text
        return {"label": item._meta.get_field(name).verbose_name, "text": value or "—", "wide": wide}

    found = [
        fact("source", label("inspection_source", item.source)),
        fact("problem_class", str(item.problem_class)),
        fact("found_on", item.found_on.isoformat()),
        fact("document_no"),
        {"label": _("Division"), "text": place_of(item, on), "wide": False},
        fact("place_names"),
        fact("batch"),
        fact("source_no"),
        fact("description", wide=True),
        fact("target", wide=True),
        fact("measures", wide=True),
    ]
    found += [fact(name, wide=True) for name in ("progress", "effect", "finding", "remark") if getattr(item, name)]
    return found


def people(item: RectificationItem) -> list[dict]:
    """Who answers and who decides, as far as they are named."""
    rows = [
        (item._meta.get_field("lead_unit").verbose_name, item.lead_unit),
        (item._meta.get_field("responsible_name").verbose_name, item.responsible_name),
        (item._meta.get_field("responsible_phone").verbose_name, phone_of(item)),
        (item._meta.get_field("responsible").verbose_name, item.responsible),
        (item._meta.get_field("supervising_unit").verbose_name, item.supervising_unit),
        (item._meta.get_field("author").verbose_name, _with_unit(item.author, item.author_unit)),
        (item._meta.get_field("submitted_by").verbose_name, _with_unit(item.submitted_by, item.submitted_unit)),
        (item._meta.get_field("verified_by").verbose_name, item.verified_by),
        (item._meta.get_field("closed_by").verbose_name, item.closed_by),
    ]
    return [{"label": name, "text": str(value)} for name, value in rows if value]


def _with_unit(user, unit) -> str:
    return " · ".join(str(part) for part in (user, unit) if part)


def timeline(item: RectificationItem, user, *, newest_first: bool = True) -> list[dict]:
    """The acts done to the item with what was said and told, and the files that came with each."""
    moves = list(item.moves.select_related("by", "unit").order_by("id"))
    files = {file.pk: file for file in of_subject(registry[LEDGER], item, user)}
    names = _names(moves)
    events = [
        {
            "when": move.at,
            "on": move.on,
            "backdated": move.on != move.at.astimezone(CHINA).date(),
            "who": str(move.by) if move.by_id else _("the system"),
            "unit": move.unit.name if move.unit_id else "",
            "act": word_of(move.act),
            "tone": ACT_TONES.get(move.act, "info"),
            "states": _states(move),
            "said": move.opinion,
            "told": _told(move, names),
            "files": [files[key] for key in move.told.get("files", ()) if key in files],
        }
        for move in moves
    ]
    return events[::-1] if newest_first else events


def _states(move: ItemMove) -> str:
    if not move.from_state or move.from_state == move.to_state:
        return ""
    return f"{STATES[move.from_state].label} → {STATES[move.to_state].label}"


def _names(moves: Iterable[ItemMove]) -> dict[tuple[str, int], str]:
    """What ids in the records stand for, fetched at once: (kind, id) -> words."""
    wanted: dict[str, set[int]] = {"lead_unit": set(), "responsible": set(), "into": set()}
    for move in moves:
        for name, keys in wanted.items():
            if name in move.told:
                keys.add(move.told[name])
    models = {"lead_unit": Unit, "responsible": User, "into": RectificationItem}
    return {
        (name, key): str(row)
        for name, keys in wanted.items()
        if keys
        for key, row in models[name].objects.in_bulk(keys).items()
    }


def _told(move: ItemMove, names: dict) -> list[dict]:
    labels = {
        "lead_unit": _("Lead unit"),
        "responsible": _("Responsible person"),
        "from": _("Deadline before"),
        "deadline_on": _("Deadline"),
        "extension_to": _("Extension to"),
        "completed_on": _("Completed on"),
        "notice_from": _("Public notice from"),
        "notice_to": _("Public notice to"),
        "closing_number": _("Closing number"),
        "into": _("Leading item"),
        "number": _("Item"),
        "places": _("Places"),
        "units": _("Units"),
        "effect": _("Effect"),
    }
    found = []
    for name in TOLD:
        if (value := move.told.get(name)) in (None, "", []):
            continue
        text = "、".join(value) if isinstance(value, list) else names.get((name, value), str(value))
        found.append({"label": labels[name], "text": text})
    return found


def opinions(item: RectificationItem) -> dict[str, list[dict]]:
    """What county, city and province said about the closing that is under way or done, by level.

    The level is that of the unit that spoke. What was said of an earlier application is not of this one.
    """
    moves = list(item.moves.select_related("by", "unit").order_by("id"))
    last = max((index for index, move in enumerate(moves) if move.act == "submit"), default=None)
    found: dict[str, list[dict]] = {"county": [], "city": [], "province": []}
    if last is None:
        return found
    for move in moves[last + 1 :]:
        if move.act not in ("verify", "return", "close") or not move.unit_id:
            continue
        level = {3: "county", 2: "city", 1: "province", 0: "province"}.get(scope.level_of(move.unit.region))
        if level:
            found[level].append(
                {"act": word_of(move.act), "text": move.opinion, "by": move.by, "on": move.on, "unit": move.unit}
            )
    return found


def evidence_list(files: Sequence[Attachment]) -> list[Attachment]:
    """Files that stand, in the order of their coming."""
    return [file for file in files if not file.withdrawn_at]
