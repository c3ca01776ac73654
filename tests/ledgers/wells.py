"""A record type nobody has heard of, declared: all that a new ledger takes."""

from django.db import models

from common.fields import CleanTextField, DayField, DecimalAmountField, PhoneField
from common.ledger import Column, Ledger, Privacy, Reference, registry
from common.models import STANDING, Recorded
from common.terms import term
from settlements.models import Settlement


class Well(Recorded):
    settlement = models.ForeignKey(Settlement, models.PROTECT, verbose_name=term("settlement", "安置点"))
    name = CleanTextField(term("well", "水井名称"), max_length=30)
    depth = DecimalAmountField(term("depth (m)", "井深（米）"), max_digits=5, decimal_places=1, null=True, blank=True)
    dug_on = DayField(term("dug on", "开挖日期"), null=True, blank=True)
    keeper_phone = PhoneField(term("keeper's telephone", "管护人电话"), blank=True)

    class Meta:
        app_label = "ledgers"
        constraints = [models.UniqueConstraint("settlement", "name", condition=STANDING, name="well_once_a_settlement")]


wells = registry.add(
    Ledger(
        "wells",
        term("Wells", "水井台账"),
        Well,
        natural_key=("settlement", "name"),
        standing=STANDING,
        columns=(
            Column(
                "settlement", Privacy.PUBLIC, source="settlement__code", filter="exact", reference=Reference(Settlement)
            ),
            Column("name", Privacy.PUBLIC, filter="text", sort=True),
            Column("depth", Privacy.PUBLIC, total="sum", filter="number"),
            Column("dug_on", Privacy.PUBLIC, filter="date"),
            Column("keeper_phone", Privacy.SENSITIVE),
        ),
    )
)
