"""The declarations of the supervision ledgers, one module a subject; importing this package registers them."""

from rectification.ledgers import accountability, items  # noqa: F401
