"""The forms after which members are related to another head: they come back once with the relations proposed, before they
are carried out."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.dates import full_age
from households.actions import life, life_splitting
from households.actions.life_splitting import proposed_when_merging
from households.forms.life import NUMBER, LifeForm, code_field, person_choice
from households.kinship import proposed
from households.models import HEAD, SPOUSE, Household, Person
from households.queries.households import members_of
from ledgers.guarded import asked_for


class RelatingForm(LifeForm):
    """An event after which members are related to another head: the relations are proposed, and then confirmed."""

    proposed_for = forms.CharField(widget=forms.HiddenInput, required=False)

    def prepare(self) -> None:
        if self.is_bound and self.data.get(self.add_prefix("proposed_for")):
            for person in self.people:
                if f"relation_{person.pk}" in self.data:
                    label = _("Relation of %(name)s to head") % {"name": person.name}
                    self.fields[f"relation_{person.pk}"] = code_field(label, "registry_relation", required=False)

    def wanted(self) -> tuple[str, dict[int, str]]:
        """What the choices made so far lead to: a mark of these choices, and the relation of each member concerned."""
        raise NotImplementedError

    def proposal(self) -> QueryDict | None:
        """What was sent, with relations proposed; None where these have been confirmed or nobody has another head."""
        if not self.is_bound or self.add_prefix("proposed_for") not in self.data:
            return None
        self.is_valid()
        mark, relations = self.wanted()
        if not relations or self.data.get("proposed_for") == mark:
            return None
        data = self.data.copy()
        data["proposed_for"] = mark
        for person in self.people:
            data.pop(f"relation_{person.pk}", None)
        for key, code in relations.items():
            data[f"relation_{key}"] = code
        return data

    @property
    def relations(self) -> list[dict]:
        return [
            {"person": person, "field": self[f"relation_{person.pk}"]}
            for person in self.people
            if f"relation_{person.pk}" in self.fields
        ]

    @property
    def told_relations(self) -> dict[int, str]:
        return {
            person.pk: self.cleaned_data.get(f"relation_{person.pk}", "")
            for person in self.people
            if f"relation_{person.pk}" in self.fields
        }

    def likely_head(self, people: Iterable[Person]) -> int | None:
        """The husband or wife of the head, else the eldest who is grown."""
        people = [person for person in people if person.relation != HEAD]
        spouse = next((person for person in people if person.relation == SPOUSE), None)
        grown = [person for person in people if full_age(person.birth_date, clock.today()) >= 18]
        eldest = min(grown, key=lambda person: person.birth_date, default=None)
        chosen = spouse or eldest
        return chosen.pk if chosen else None

    def _person(self, name: str) -> Person | None:
        key = getattr(self, "cleaned_data", {}).get(name)
        return next((person for person in self.people if person.pk == key), None)


class HeadForm(RelatingForm):
    own = ("head",)

    def prepare(self) -> None:
        others = [person for person in self.people if person.relation != HEAD]
        self.fields["head"] = person_choice(gettext_lazy("New head of the household"), self.choices(others))
        self.initial.setdefault("head", self.likely_head(others))
        super().prepare()

    def wanted(self):
        head = self._person("head")
        return (f"head:{head.pk}", proposed(self.people, head)) if head else ("", {})

    def do(self):
        data = self.cleaned_data
        return life.change_head(
            self.household,
            data.get("head") or 0,
            self.told,
            relations=self.told_relations,
            by=self.user,
            version=data["version"],
        )


class SplitForm(RelatingForm):
    leaving = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who splits off"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    address = forms.CharField(
        label=gettext_lazy("Building and flat of the new household"), required=False, max_length=60
    )
    area = forms.CharField(
        label=gettext_lazy("Home area (m2)"), required=False, widget=forms.TextInput({"inputmode": "decimal"})
    )
    own = ("leaving", "head", "rest_head", "address", "area")

    def prepare(self) -> None:
        asked_for(self.fields["leaving"])
        self.fields["leaving"].choices = self.choices(self.people)[1:]
        self.fields["head"] = person_choice(gettext_lazy("Head of the new household"), self.choices(self.people))
        self.fields["rest_head"] = person_choice(
            gettext_lazy("Head of those who stay"),
            self.choices(person for person in self.people if person.relation != HEAD),
            required=False,
            help_text=gettext_lazy("Only where the present head splits off."),
        )
        super().prepare()

    def wanted(self):
        data = self.cleaned_data
        leaving = set(data.get("leaving") or [])
        head, rest_head = self._person("head"), self._person("rest_head")
        go = [person for person in self.people if person.pk in leaving]
        stay = [person for person in self.people if person.pk not in leaving]
        if head is None or head.pk not in leaving or not stay:
            return "", {}
        everybody = proposed(self.people, head)
        found = {person.pk: everybody[person.pk] for person in go}
        if rest_head is not None and rest_head in stay:
            everybody = proposed(self.people, rest_head)
            found |= {person.pk: everybody[person.pk] for person in stay}
        mark = f"{sorted(leaving)}:{head.pk}:{rest_head.pk if rest_head else ''}"
        return mark, found

    def do(self):
        data = self.cleaned_data
        return life_splitting.split(
            self.household,
            data.get("leaving") or [],
            data.get("head"),
            self.told,
            rest_head=data.get("rest_head"),
            relations=self.told_relations,
            address=data["address"],
            area=data["area"],
            by=self.user,
            version=data["version"],
        )

    def add_problems(self, problems) -> None:
        problems = list(problems)
        super().add_problems(p for p in problems if p.field != "housing_area")
        for problem in problems:
            if problem.field == "housing_area":
                self.add_error("area", problem.message)


class MergeForm(RelatingForm):
    code = forms.CharField(
        label=gettext_lazy("Code of the household that joins this one"),
        required=False,
        widget=NUMBER,
        help_text=gettext_lazy("All who live there become members here; that household is closed."),
    )
    own = ("code",)

    def prepare(self) -> None:
        asked_for(self.fields["code"])
        code = (self.data.get("code", "") if self.is_bound else "").strip().upper()
        self.other = Household.objects.visible_to(self.user).filter(code=code, voided_at=None).first() if code else None
        self.hosts = self.people
        self.people = [p for p in members_of(self.other) if not p.died_on] if self.other else []
        super().prepare()

    def clean_code(self):
        code = self.cleaned_data["code"].strip().upper()
        if not code:
            raise ValidationError(_("Write the code of the household that joins this one."))
        if self.other is None:
            raise ValidationError(_("There is no household %(code)s in your area.") % {"code": code})
        return code

    @property
    def elsewhere(self):
        return self.other and self.other.settlement

    def wanted(self):
        if self.other is None or self.other.pk == self.household.pk:
            return "", {}
        return f"merge:{self.other.pk}", proposed_when_merging(self.household, self.other, self.hosts, self.people)

    def do(self):
        return life_splitting.merge(
            self.household,
            self.other,
            self.told,
            relations=self.told_relations,
            by=self.user,
            version=self.cleaned_data["version"],
        )
