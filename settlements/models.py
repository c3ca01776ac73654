"""Settlements 安置点: where relocated households live together, and the tier that their number gives."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import CleanTextField, CodeField, WholeNumberField
from common.models import STANDING, Recorded
from common.scope import level_of
from common.terms import term

# Lower bounds belong to the higher class: R-001 to R-004 (发改振兴〔2020〕374号).
TIER_FLOORS = [("mega", 10_000), ("large", 3_000), ("medium", 800), ("small", 0)]


def tier_of(people: int, placement: str) -> str:
    """The tier 规模 of a settlement by people moved in; a township's dispersed group has none ('')."""
    if placement == "dispersed":
        return ""
    return next(tier for tier, floor in TIER_FLOORS if people >= floor)


class Settlement(Recorded):
    """A settlement, or the group of the dispersed households of a township (placement `dispersed`, no tier).

    `region` is the township that it lies in. `tier` is computed from the living members of its households.
    """

    code = CleanTextField(
        term("settlement code", "安置点编号"),
        max_length=20,
        unique=True,
        blank=True,
        help_text=term("Left blank, the next free number of the county is given.", "留空时自动按县编号。"),
    )
    name = CleanTextField(term("name", "安置点名称"), max_length=60)
    placement = CodeField(term("placement", "安置方式"), list_id="placement", default="concentrated")
    location = CodeField(term("location", "城镇/农村"), list_id="location", default="urban")
    tier = CodeField(term("tier", "规模等级"), list_id="tier", blank=True, editable=False)
    declared_households = WholeNumberField(
        term("declared households", "上报户数"), null=True, blank=True, min_value=0, max_value=100_000
    )
    declared_people = WholeNumberField(
        term("declared people", "上报人数"), null=True, blank=True, min_value=0, max_value=1_000_000
    )
    address = CleanTextField(term("address", "地址"), max_length=120, blank=True)
    remark = CleanTextField(term("remark", "备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = term("settlement", "安置点")
        verbose_name_plural = term("settlements", "安置点")
        ordering = ["region", "id"]
        constraints = [
            models.UniqueConstraint("region", "name", condition=STANDING, name="settlement_name_once_a_township"),
            models.CheckConstraint(
                name="settlement_dispersed_has_no_tier", condition=~Q(placement="dispersed") | Q(tier="")
            ),
            Recorded.void_constraint("settlement"),
        ]
        indexes = [models.Index("region", "id", name="settlement_place")]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        if self.region is not None and level_of(self.region) < 4:
            raise ValidationError(
                {
                    "region": ValidationError(
                        _(
                            "A settlement lies in a township: choose a code of township level, not of a county or above."
                        ),
                        code="bad_division",
                    )
                }
            )
