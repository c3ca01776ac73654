"""The forms of events in a household. They present; what is right the actions alone say. Those after which members are
related to another head are in life_family_forms."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.codes import code_list
from households.actions import life, life_moving
from households.actions.life_rows import Told
from households.codes import life as codes
from households.models import HEAD, SPOUSE, Household, Membership, Person
from households.queries.households import members_of
from ledgers.attachments.forms import ACCEPT, ManyFilesField, ManyFilesInput
from ledgers.guarded import GuardedForm, asked_for, clean_day, day_field
from settlements.models import Settlement

NUMBER = forms.TextInput({"autocomplete": "off", "inputmode": "text"})


def code_choices(list_id: str, without: Iterable[str] = ()) -> list[tuple[str, object]]:
    found = code_list(list_id)
    return [("", "—"), *((code, found.label(code)) for code in dict(found.choices()) if code not in set(without))]


def code_field(label, list_id: str, *, without: Iterable[str] = (), required: bool = True) -> forms.CharField:
    made = forms.CharField(
        label=label, required=False, widget=forms.Select(choices=lambda: code_choices(list_id, without))
    )
    if required:
        asked_for(made)
    return made


class FilesField(ManyFilesField):
    """Any number of files; what is wrong with them the action tells."""

    def __init__(self, **options):
        widget = ManyFilesInput({"multiple": True, "accept": ACCEPT})
        super().__init__(label=gettext_lazy("Files"), required=False, widget=widget, **options)


class LifeForm(GuardedForm):
    """Day, reason and document of an event; subclasses add what it needs."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    day = day_field(gettext_lazy("Day"))
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)
    document = forms.CharField(
        label=gettext_lazy("Document"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Its number or name, such as that of the household register or marriage certificate."),
    )
    files = FilesField()
    own: tuple[str, ...] = ()
    hint = ""

    def __init__(self, household: Household, user, *args, **options):
        self.household, self.user = household, user
        self.people = [person for person in members_of(household) if not person.died_on]
        options["initial"] = {"version": household.version, **(options.get("initial") or {})}
        super().__init__(*args, **options)
        if "day" in self.fields:
            asked_for(self.fields["day"])
        self.prepare()
        self.order_fields([*self.own, "day", "reason", "document", "files"])

    def prepare(self) -> None:
        """Fields that depend on the household."""

    def clean_day(self):
        return clean_day(self, "day")

    @property
    def told(self) -> Told:
        data = self.cleaned_data
        return Told(data.get("day"), data.get("reason", ""), data.get("document", ""), data.get("files") or [])

    def do(self):
        """Carry the event out."""
        raise NotImplementedError

    @property
    def elsewhere(self) -> Settlement | None:
        """The other settlement whose figures the event moves."""
        return None

    @property
    def relations(self) -> list[dict]:
        """Rows of the table of proposed relations: the person and the field."""
        return []

    def choices(self, people: Iterable[Person]) -> list[tuple[object, str]]:
        relation = code_list("registry_relation")
        return [("", "—"), *((person.pk, f"{person.name}（{relation.label(person.relation)}）") for person in people)]


def person_choice(label, choices, *, required: bool = True, help_text="") -> forms.TypedChoiceField:
    made = forms.TypedChoiceField(
        label=label, choices=choices, coerce=int, empty_value=None, required=False, help_text=help_text
    )
    if required:
        made.required = True
        made.validate = lambda value: None
    return made


class BirthForm(LifeForm):
    name = forms.CharField(label=gettext_lazy("Name"), required=False, widget=NUMBER)
    relation = code_field(gettext_lazy("Relation to head"), "registry_relation", without=(HEAD, SPOUSE))
    sex = code_field(gettext_lazy("Sex"), "sex", required=False)
    birth_date = day_field(gettext_lazy("Birth date"))
    id_number = forms.CharField(
        label=gettext_lazy("ID number"),
        required=False,
        widget=NUMBER,
        help_text=gettext_lazy("If there is one already; sex and birth date follow from it."),
    )
    own = ("name", "relation", "sex", "birth_date", "id_number")

    def prepare(self) -> None:
        del self.fields["day"]
        asked_for(self.fields["name"])

    def do(self):
        raw = {name: self.cleaned_data[name] for name in self.own}
        return life.born(self.household, raw, self.told, by=self.user, version=self.cleaned_data["version"])


class ComingForm(LifeForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"),
        choices=[(codes.MARRIED_IN, gettext_lazy("married in")), (codes.JOINED, gettext_lazy("moved in"))],
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, widget=NUMBER)
    relation = code_field(gettext_lazy("Relation to head"), "registry_relation", without=(HEAD,))
    id_number = forms.CharField(label=gettext_lazy("ID number"), required=False, widget=NUMBER)
    sex = code_field(gettext_lazy("Sex"), "sex", required=False)
    birth_date = day_field(
        gettext_lazy("Birth date"), help_text=gettext_lazy("Sex and birth date only without an ID number.")
    )
    labour_capability = code_field(gettext_lazy("Ability to work"), "registry_labour", required=False)
    job_intention = code_field(gettext_lazy("Wish to work"), "job_intention", required=False)
    head_left = forms.CharField(widget=forms.HiddenInput, required=False)
    own = ("kind", "name", "relation", "id_number", "sex", "birth_date", "labour_capability", "job_intention")
    former: Household | None = None

    def prepare(self) -> None:
        asked_for(self.fields["name"])
        number = self.data.get("id_number", "") if self.is_bound else ""
        if not number:
            return
        stored = life.known_person({"id_number": number}, self.user)
        former = life.home_of(stored) if stored is not None else None
        if former is None or former.pk == self.household.pk:
            return
        self.former = former
        if stored.relation != HEAD:
            return
        rest = [p for p in members_of(former) if p.pk != stored.pk and not p.died_on]
        if rest:
            self.fields["head_left"] = person_choice(
                _("Head of the household %(code)s from then on") % {"code": former.code}, self.choices(rest)
            )
            self.own = (*self.own, "head_left")

    @property
    def elsewhere(self):
        return self.former and self.former.settlement

    def do(self):
        data = self.cleaned_data
        raw = {name: data[name] for name in ComingForm.own if name != "kind"}
        return life.joined(
            self.household,
            raw,
            self.told,
            kind=data["kind"],
            head_left=data.get("head_left") or None,
            by=self.user,
            version=data["version"],
        )


class ReturnForm(LifeForm):
    own = ("person", "relation")

    def prepare(self) -> None:
        here = [person.pk for person in self.people]
        spells = (
            Membership.objects.filter(household=self.household, left_on__isnull=False, person__voided_at=None)
            .exclude(person__in=here)
            .filter(person__died_on=None)
            .select_related("person")
        )
        former = {spell.person_id: spell.person for spell in spells}
        self.fields["person"] = person_choice(gettext_lazy("Who comes back"), self.choices(former.values()))
        self.fields["relation"] = code_field(gettext_lazy("Relation to head"), "registry_relation", required=False)
        self.fields["relation"].help_text = _("Blank: the relation of before.")

    def do(self):
        data = self.cleaned_data
        return life.returned(
            self.household,
            data.get("person") or 0,
            self.told,
            relation=data["relation"],
            by=self.user,
            version=data["version"],
        )


class FlatForm(LifeForm):
    address = forms.CharField(label=gettext_lazy("New building and flat"), required=False, max_length=60)
    housing_area = forms.CharField(
        label=gettext_lazy("Home area (m2)"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
        help_text=gettext_lazy("Blank: as it is."),
    )
    own = ("address", "housing_area")

    def prepare(self) -> None:
        asked_for(self.fields["address"])

    def do(self):
        data = self.cleaned_data
        return life.change_flat(
            self.household,
            data["address"],
            data["housing_area"].strip() or None,
            self.told,
            by=self.user,
            version=data["version"],
        )


class SettlementForm(LifeForm):
    address = forms.CharField(label=gettext_lazy("Building and flat there"), required=False, max_length=60)
    housing_area = forms.CharField(
        label=gettext_lazy("Home area (m2)"),
        required=False,
        widget=forms.TextInput({"inputmode": "decimal"}),
        help_text=gettext_lazy("Of the flat there. What is left blank stands in the file as still to be entered."),
    )
    own = ("settlement", "address", "housing_area")

    def prepare(self) -> None:
        county = self.household.region // 10**6
        within = (
            Settlement.objects.visible_to(self.user).filter(voided_at=None).exclude(pk=self.household.settlement_id)
        )
        within = within.filter(region__gte=county * 10**6, region__lt=(county + 1) * 10**6)
        self.fields["settlement"] = forms.ModelChoiceField(
            within.order_by("region", "name"),
            label=gettext_lazy("New settlement"),
            required=False,
            empty_label="—",
            help_text=gettext_lazy("In this county. Into another county the household goes by a transfer request."),
        )
        self.fields["settlement"].label_from_instance = lambda row: row.name
        asked_for(self.fields["settlement"])

    @property
    def elsewhere(self):
        return self.cleaned_data.get("settlement")

    def do(self):
        data = self.cleaned_data
        return life_moving.move_to_settlement(
            self.household,
            data.get("settlement"),
            self.told,
            address=data["address"],
            area=data["housing_area"].strip() or None,
            by=self.user,
            version=data["version"],
        )
