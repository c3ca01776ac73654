"""The form of a member who leaves: gone, dead, or never was one."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.changes import writing
from households.actions import life, save_persons, void_persons
from households.codes import life as codes
from households.forms.life import person_choice
from households.forms.life_family import RelatingForm
from households.kinship import proposed
from households.models import HEAD
from ledgers.guarded import asked_for

MISTAKE, DIED = "mistake", "died"
KINDS = {
    "moved": (codes.LEFT, gettext_lazy("moved out")),
    "marriage": (codes.MARRIED_OUT, gettext_lazy("married into another family")),
    DIED: (codes.DEATH, gettext_lazy("died")),
    "other": (codes.LEFT_OTHERWISE, gettext_lazy("left for another reason")),
    MISTAKE: ("", gettext_lazy("was entered by mistake")),
}


class LeavingForm(RelatingForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=[(key, words) for key, (_code, words) in KINDS.items()]
    )
    own = ("person", "kind", "successor")

    def __init__(self, household, user, *args, person=None, **options):
        self.fixed = person
        super().__init__(household, user, *args, **options)

    def prepare(self) -> None:
        if self.fixed is None:
            self.fields["person"] = person_choice(gettext_lazy("Who"), self.choices(self.people))
        self.fields["day"].help_text = _(
            "The day of death, or the first day on which the person no longer belongs here."
        )
        self.fields["reason"].help_text = _("Needed for an entry by mistake.")
        others = [person for person in self.people if person.relation != HEAD]
        if others and (self.fixed is None or self.fixed.relation == HEAD):
            self.fields["successor"] = person_choice(
                gettext_lazy("New head of the household"),
                self.choices(others),
                required=False,
                help_text=gettext_lazy("Where the head leaves: say who is head from now on."),
            )
            if self.fixed is not None:
                self.initial.setdefault("successor", self.likely_head(others))
        super().prepare()
        asked_for(self.fields["day"])

    @property
    def person(self):
        return self.fixed or self._person("person")

    def wanted(self):
        head, person = self._person("successor"), self.person
        if head is None or person is None or person.relation != HEAD or head.pk == person.pk:
            return "", {}
        found = proposed(self.people, head)
        return f"leave:{person.pk}:{head.pk}", {key: code for key, code in found.items() if key != person.pk}

    def clean(self):
        data = super().clean()
        if "person" in self.fields and not data.get("person"):
            self.add_error("person", gettext_lazy("Choose the person."))
        if data.get("kind") == MISTAKE and not data.get("reason", "").strip():
            self.add_error("reason", gettext_lazy("Say why the entry was a mistake."))
        return data

    def do(self):
        data, person = self.cleaned_data, self.person
        kind, key = data["kind"], person.pk if person else 0
        head = data.get("successor")
        if kind == MISTAKE and person is not None:
            with writing(by=self.user):
                void_persons([key], reason=data["reason"].strip(), by=self.user)
                if head and person.relation == HEAD:
                    told = {pk: code for pk, code in self.told_relations.items() if code} | {head: HEAD}
                    save_persons([{"id": pk, "relation": code} for pk, code in told.items()], by=self.user)
            return None
        options = {"head": head, "relations": self.told_relations, "by": self.user, "version": data["version"]}
        if kind == DIED:
            return life.died(self.household, key, self.told, **options)
        return life.left(self.household, key, self.told, kind=KINDS[kind][0] or codes.LEFT, **options)

    def add_problems(self, problems) -> None:
        for problem in problems:
            name = "successor" if problem.field == "head" else problem.field
            self.add_error(name if name in self.fields else None, problem.message)
