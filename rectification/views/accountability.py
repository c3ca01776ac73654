"""Calling to account 问责: the form over a problem, the record with its receipts, and what a problem's page shows of them."""

from __future__ import annotations

import datetime as dt
import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import check
from common import clock
from common.codes import choices
from common.problems import Refused
from ledgers import drafts
from rectification.actions.accountability import call_to_account, confirm_reading
from rectification.models import AccountabilityRecord, RectificationItem
from rectification.models.accountability import REFERRAL
from rectification.queries.accountability import (
    LEDGER,
    addressable,
    cause_of,
    reading_days,
    referral_missing,
    unread_days,
    why_not_issue,
)
from rectification.views.item_lookup import item_of

FORM = "accountability"
TONES = {"criticism": "warn", "talk": "warn", "referral": "bad"}


class AccountForm(forms.Form):
    """What is issued, and to which of the problem's units; whether it holds together is the action's to say."""

    use_required_attribute = False
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, item: RectificationItem, user, data=None, initial=None):
        super().__init__(data, initial=initial)
        self.units = addressable(item, user)
        fields = {field.name: field for field in AccountabilityRecord._meta.concrete_fields}
        self.fields["kind"] = fields["kind"].formfield(
            widget=forms.RadioSelect(choices=choices("accountability_kind")), required=True
        )
        self.fields["day"] = fields["on"].formfield(widget=forms.TextInput({"inputmode": "numeric", "data-date": ""}))
        self.fields["document_no"] = fields["document_no"].formfield()
        self.fields["document_no"].help_text = _("Needed for a referral.")
        self.fields["referred_to"] = fields["referred_to"].formfield()
        self.fields["referred_to"].help_text = _("The discipline body; needed for a referral.")
        self.fields["content"] = fields["content"].formfield(widget=forms.Textarea({"rows": 4}))
        self.fields["addressees"] = forms.MultipleChoiceField(
            label=_("Called to account"),
            choices=[(str(unit.pk), unit.name) for unit in self.units],
            widget=forms.CheckboxSelectMultiple,
        )
        for unit in self.units:
            self.fields[f"persons_{unit.pk}"] = forms.CharField(
                label=_("Persons of %(unit)s") % {"unit": unit.name}, required=False, max_length=200
            )

    @property
    def told(self) -> dict:
        names = ("kind", "day", "document_no", "referred_to", "content")
        chosen = set(self.data.getlist("addressees"))
        told = {name: self.data.get(name, "") for name in names}
        told["addressees"] = [
            (unit, self.data.get(f"persons_{unit.pk}", "").strip()[:200])
            for unit in self.units
            if str(unit.pk) in chosen
        ]
        return told

    def tell(self, refused: Refused) -> list[dict]:
        self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}
        found = []
        for problem in refused.problems:
            known = problem.field in self.fields
            self.add_error(problem.field if known else None, problem.message)
            label = f"{self.fields[problem.field].label}: " if known else ""
            field_id = self[problem.field].id_for_label if known else ""
            found.append({"message": f"{label}{problem.message}", "field_id": field_id})
        return found


@login_required
@never_cache
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Call the units of a problem to account."""
    item, user, on = item_of(request.user, number), request.user, clock.today()
    if reason := why_not_issue(item, user, on):
        raise PermissionDenied(reason)
    form_id = drafts.form_id_of(request.POST)
    errors: list[dict] = []
    if request.method == "POST":
        form = AccountForm(item, user, request.POST)
        if address := drafts.begin_saving(user, FORM, number, form_id):
            return redirect(address)
        try:
            record = call_to_account(item, by=user, **form.told)
        except Refused as refused:
            errors = form.tell(refused)
        else:
            drafts.saved(user, form_id, record.address)
            messages.success(request, _("Issued: %(record)s.") % {"record": record})
            return redirect(record.address)
    else:
        kind = REFERRAL if referral_missing(item) else ""
        form = AccountForm(item, user, initial=_usual(item, kind, on))
    context = {
        "item": item,
        "form": form,
        "cause": cause_of(item, on),
        "errors": errors,
        "breadcrumb": [
            {"label": item.number, "url": item.address},
            {"label": _("Call to account"), "url": ""},
        ],
    }
    return render(request, "rectification/accountability/issue.html", context, status=422 if errors else 200)


def _usual(item: RectificationItem, kind: str, on: dt.date) -> dict:
    return {
        "form_id": uuid.uuid4(),
        "day": on.isoformat(),
        "kind": kind,
        "addressees": [str(item.lead_unit_id)],
        f"persons_{item.lead_unit_id}": item.responsible_name,
    }


def _record_of(user, pk: int) -> AccountabilityRecord:
    check(user, "read", LEDGER)
    rows = AccountabilityRecord.objects.visible_to(user).select_related("item__lead_unit", "issuing_unit", "author")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such record, or it is not addressed to you."))
    return found


@login_required
@never_cache
@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One record with its receipts; whoever is addressed confirms here to have read it."""
    found, user, on = _record_of(request.user, pk), request.user, clock.today()
    # Who is addressed may not see the item itself any more (it left the area): then its number stands without a link.
    sees_item = RectificationItem.objects.visible_to(user).filter(pk=found.item_id).exists()
    context = {
        "record": found,
        "tone": TONES[found.kind],
        "receipts": receipts(found, user, on),
        "sees_item": sees_item,
        "may_void": not found.voided_at and user.unit_id == found.issuing_unit_id,
        "breadcrumb": [
            {"label": _("Accountability records"), "url": f"/ledgers/{LEDGER}/"},
            {"label": str(found), "url": ""},
        ],
    }
    return render(request, "rectification/accountability/record.html", context)


def receipts(found: AccountabilityRecord, user, on: dt.date) -> list[dict]:
    """Who is addressed, and who has read it when; for how long it lies unread."""
    limit = reading_days(found.region, on)
    rows = []
    for one in found.addressees.select_related("unit", "read_by"):
        days = unread_days(one, on)
        rows.append(
            {
                "unit": one.unit,
                "persons": one.persons,
                "read_at": one.read_at,
                "read_by": one.read_by,
                "days": days,
                "late": days > limit,
                "mine": user.unit_id == one.unit_id and one.read_at is None and not found.voided_at,
            }
        )
    return rows


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    found = _record_of(request.user, pk)
    mine = confirm_reading(found, by=request.user)
    words = {"who": mine.read_by, "when": f"{mine.read_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}"}
    messages.success(request, _("Read by %(who)s on %(when)s.") % words)
    return redirect(found.address)


def panel_of(item: RectificationItem, user, on: dt.date) -> dict:
    """What the page of a problem shows: the records that the user may see, and the way to a new one."""
    rows = AccountabilityRecord.objects.visible_to(user).filter(item=item, voided_at=None)
    may_issue = not why_not_issue(item, user, on)
    return {
        "records": [
            {"record": one, "tone": TONES[one.kind], "receipts": receipts(one, user, on)}
            for one in rows.select_related("issuing_unit")
        ],
        "may_issue": may_issue,
        "referral_missing": may_issue and referral_missing(item),
    }
