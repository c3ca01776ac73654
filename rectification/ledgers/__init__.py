"""The declarations of the supervision ledgers, one module a subject; importing this package registers them."""

from rectification.ledgers import (  # noqa: F401
    inspections,
    inspections_checks,
    items,
    sampling,
)
