"""What a user sees of sensitive columns, and what a masked value that comes back means: unchanged."""

from __future__ import annotations

from common import citizen_id
from common.fields import CitizenIdField
from common.ledger import Column, Ledger, Privacy
from common.values import mask_phone, squeeze

HIDDEN = "***"


def sees_clear(user) -> bool:
    """Whether the user may take sensitive columns out in the clear, within the own scope and for a recorded reason."""
    return bool(getattr(user, "is_authenticated", False)) and user.role_grants.clear


def is_sensitive(column: Column) -> bool:
    return column.privacy is Privacy.SENSITIVE


def mask(ledger: Ledger, column: Column, value) -> str:
    """The masked form of a stored value; nothing stays nothing."""
    if value in (None, ""):
        return ""
    model_field = ledger.model_field(column)
    if isinstance(model_field, CitizenIdField) or column.name.endswith("id_number"):
        return citizen_id.mask(str(value))
    if column.name.endswith("phone"):
        return mask_phone(str(value))
    return HIDDEN


def shown_as(ledger: Ledger, column: Column, value):
    """The value as pages and API show it to everybody: looking in the clear is an act of its own, with a reason."""
    return mask(ledger, column, value) if is_sensitive(column) else value


def looks_masked(column: Column, raw) -> bool:
    """Whether the raw value of a sensitive column holds asterisks, as no real value does."""
    return is_sensitive(column) and isinstance(raw, str) and ("*" in raw or "＊" in raw)


def fits(ledger: Ledger, column: Column, raw: str, value) -> bool:
    """Whether `raw` is the mask of the stored value."""
    return squeeze(raw).upper() == mask(ledger, column, value).upper()
