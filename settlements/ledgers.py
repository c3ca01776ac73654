"""The settlement ledger 安置点台账."""

from common.ledger import Column, Ledger, Privacy, registry
from common.models import STANDING
from common.terms import term
from settlements import actions
from settlements.models import Settlement

PLACE = term("Place", "位置")
SIZE = term("Size", "规模")

settlements = registry.add(
    Ledger(
        key="settlements",
        title=term("Settlements", "安置点台账"),
        model=Settlement,
        natural_key=("code",),
        member_by="code",
        standing=STANDING,
        save=actions.save_settlements,
        void=actions.void_settlements,
        address=lambda row: f"/settlements/{row['code']}/",
        attachments=True,
        columns=(
            Column("code", Privacy.PUBLIC, width=16, filter="exact"),
            Column("name", Privacy.PUBLIC, width=24, filter="text", sort=True),
            Column(
                "division",
                Privacy.PUBLIC,
                heading=term("township", "所在乡镇"),
                source="region",
                field="region",
                group=PLACE,
                width=16,
                filter="division",
            ),
            Column("placement", Privacy.PUBLIC, group=PLACE, width=10, filter="choice"),
            Column("location", Privacy.PUBLIC, group=PLACE, width=10, filter="choice"),
            Column("tier", Privacy.PUBLIC, computed=True, group=SIZE, width=10, filter="choice"),
            Column("declared_households", Privacy.INTERNAL, group=SIZE, width=10, total="sum"),
            Column("declared_people", Privacy.INTERNAL, group=SIZE, width=10, total="sum"),
            Column("address", Privacy.INTERNAL, width=24, listed=False),
            Column("remark", Privacy.INTERNAL, width=20, listed=False),
        ),
    )
)
