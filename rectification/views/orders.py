"""Pages of supervision orders: issuing one, its timeline and acts, and the sheet to be printed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Post, User
from accounts.roles import can, check
from alerts.inbox import Task as Line
from alerts.inbox import lateness
from common import clock
from common.codes import choices
from common.ledger import registry
from divisions.models import Unit
from divisions.queries import names_of
from ledgers.access import member_of
from ledgers.guarded import GuardedForm, asked_for, carry_out, clean_day, day_field
from rectification.actions import orders as actions
from rectification.models.orders import SupervisionOrder
from rectification.queries.orders import ORDERS, acts_on, may_issue, why_not
from rectification.queries.tasks import units_of
from rectification.task_states import ORDER_ACTS
from rectification.views.tasks_forms import ActForm

LEDGER = f"/ledgers/{ORDERS}/"
TONES = {"issued": "warn", "received": "info", "replied": "warn", "returned": "bad", "closed": "good"}
ISSUE = {"issue": (gettext_lazy("issued"), "info")}


def _found(request: HttpRequest, pk: int) -> SupervisionOrder:
    check(request.user, "read", ORDERS)
    order = (
        SupervisionOrder.objects.visible_to(request.user)
        .select_related("unit", "post", "person", "issuer", "issued_by", "received_by", "replied_by")
        .filter(pk=pk)
        .first()
    )
    if order is None:
        raise Http404(_("There is no such record, or it lies outside your area."))
    return order


def _breadcrumb(order: SupervisionOrder, label: str = "") -> list[dict]:
    steps = [
        {"label": _("Supervision orders"), "url": LEDGER},
        {"label": order.number, "url": f"/orders/{order.pk}/" if label else ""},
    ]
    return [*steps, {"label": label, "url": ""}] if label else steps


def _issuer(order: SupervisionOrder, on) -> str:
    """In whose name the order was issued: the unit, or the place where the signer has none."""
    if order.issuer:
        return order.issuer.name
    return names_of([order.issuer_region], on).get(order.issuer_region, "")


@login_required
@never_cache
@require_safe
def show_order(request: HttpRequest, pk: int) -> HttpResponse:
    order, user, on = _found(request, pk), request.user, clock.today()
    acts = acts_on(order, user, on)
    running = order.state != "closed"
    return render(
        request,
        "rectification/orders/order.html",
        {
            "order": order,
            "issuer": _issuer(order, on),
            "tone": TONES[order.state],
            "lateness": lateness(Line("", "", "", order.limit_on), on) if running else "",
            "late": running and order.limit_on < on and order.state != "replied",
            "allowed": [one.act for one in acts if one],
            "refused": [one for one in acts if not one],
            "events": events_of(order),
            "subject": _subject_url(order, user),
            "edits": order.state == "issued" and may_issue(user) and not order.voided_at,
            "breadcrumb": _breadcrumb(order),
        },
    )


def _subject_url(order: SupervisionOrder, user) -> str:
    """The page of what the order is about, where the reader may see it."""
    key = order.subject_ledger
    if key not in registry or not can(user, "read", key):
        return ""
    return order.subject_address if registry[key].within(user).filter(pk=order.subject_id).exists() else ""


def events_of(order: SupervisionOrder) -> list[dict]:
    """The order's moves for the timeline, newest first."""
    found = []
    for made in order.moves.select_related("by").order_by("-pk"):
        label, tone = ISSUE[made.act] if made.act in ISSUE else (ORDER_ACTS[made.act].label, ORDER_ACTS[made.act].tone)
        said = [made.text, _("Evidence: %(words)s") % {"words": made.evidence} if made.evidence else ""]
        found.append(
            {
                "when": made.at,
                "who": made.by.display_name,
                "unit": made.unit_name,
                "act": str(label),
                "said": " · ".join(part for part in said if part),
                "tone": tone,
            }
        )
    return found


@login_required
@never_cache
def act(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """One act on an order: its form, and carrying it out."""
    order, user, on = _found(request, pk), request.user, clock.today()
    if key not in ORDER_ACTS:
        raise Http404(_("There is no such act."))
    chosen, back = ORDER_ACTS[key], f"/orders/{pk}/"
    reason = why_not(order, chosen, user, on)
    if reason and request.method != "POST":
        messages.warning(request, reason)
        return redirect(back)
    form = ActForm(chosen, order, request.POST if request.method == "POST" else None, labels={"day": _("New limit")})

    def do() -> None:
        actions.move(pk, key, actions.Told(**form.told), by=user, version=form.cleaned_data["version"])

    return carry_out(
        request,
        form,
        name="order-act",
        member=f"{pk}-{key}",
        back=back,
        done=chosen.done,
        do=do,
        template="rectification/orders/act.html",
        context={"act": chosen, "order": order, "breadcrumb": _breadcrumb(order, str(chosen.label))},
    )


class OrderForm(GuardedForm):
    """A new order; whether it holds together is the action's to say."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("To the unit"))
    post = forms.ModelChoiceField(Post.objects.none(), label=gettext_lazy("To the post"), required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("To the person"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=lambda: choices("alert_level"), initial="yellow")
    title = forms.CharField(label=gettext_lazy("Matter"), max_length=120)
    requirement = forms.CharField(label=gettext_lazy("Required"), widget=forms.Textarea({"rows": 4, "maxlength": 1000}))
    limit_on = day_field(gettext_lazy("Reply by"))
    subject_ledger = forms.CharField(widget=forms.HiddenInput, required=False)
    subject_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, user, *args, **options):
        super().__init__(*args, **options)
        units = units_of(user)
        self.fields["unit"].queryset = units
        posts = Post.objects.visible_to(user).filter(voided_at=None).select_related("unit")
        self.fields["post"].queryset = posts.order_by("unit__name", "name")
        people = User.objects.filter(unit__in=units.order_by(), is_active=True).select_related("unit")
        self.fields["person"].queryset = people.order_by("unit__name", "display_name")
        self.fields["person"].label_from_instance = lambda person: f"{person.display_name}（{person.unit_name}）"
        for name in ("unit", "title", "requirement", "limit_on"):
            asked_for(self.fields[name])

    def clean_limit_on(self):
        return clean_day(self, "limit_on")

    def clean(self):
        data = super().clean()
        missing = {
            "unit": _("Choose the unit that the order goes to."),
            "title": _("Write what the order is about."),
            "requirement": _("Write what is required."),
            "limit_on": _("Write the day by which it is answered."),
        }
        for name, message in missing.items():
            if name in data and not data[name]:
                self.add_error(name, message)
        return data


@login_required
@never_cache
def issue(request: HttpRequest) -> HttpResponse:
    """Issue an order, from a record of any ledger where the address names one."""
    user = request.user
    check(user, "write", ORDERS)
    if not may_issue(user):
        raise PermissionDenied(_("Your role receives and answers supervision orders; it does not issue them."))
    initial, subject = _from_record(request)
    form = OrderForm(user, request.POST if request.method == "POST" else None, initial=initial)

    def do() -> str:
        row = {name: value for name, value in form.cleaned_data.items() if name != "form_id"}
        if not row["subject_ledger"]:
            row["subject_ledger"], row["subject_id"] = "", None
        [order] = actions.save_orders([row], by=user, source="form").objects
        return f"/orders/{order.pk}/"

    return carry_out(
        request,
        form,
        name=ORDERS,
        member="",
        back=initial.get("back") or LEDGER,
        done=_("The order is issued."),
        do=do,
        template="rectification/orders/issue.html",
        context={
            "subject": subject,
            "breadcrumb": [{"label": _("Supervision orders"), "url": LEDGER}, {"label": _("New order"), "url": ""}],
        },
    )


def _from_record(request: HttpRequest) -> tuple[dict, str]:
    """What the record named in the address says of the order: (first values, its name)."""
    key, member = request.GET.get("ledger", ""), request.GET.get("record", "")
    if not key:
        return {}, ""
    if key not in registry or not can(request.user, "read", key) or not member.isdecimal():
        raise Http404(_("There is no such record, or it lies outside your area."))
    ledger = registry[key]
    record = ledger.within(request.user).filter(pk=int(member[:18])).first() or member_of(ledger, request.user, member)
    found = {
        "subject_ledger": key,
        "subject_id": record.pk,
        "title": str(record)[:120],
        "back": actions.subject_address(ledger, record),
    }
    if isinstance(getattr(record, "unit", None), Unit):
        found["unit"] = record.unit_id
    if isinstance(getattr(record, "post", None), Post):
        found["post"] = record.post_id
    return found, str(record)


@login_required
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The order as a sheet of paper, A4."""
    order, on = _found(request, pk), clock.today()
    context = {"order": order, "issuer": _issuer(order, on), "breadcrumb": _breadcrumb(order, _("Order sheet"))}
    return render(request, "rectification/orders/sheet.html", context)
