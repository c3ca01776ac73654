"""The declarations of the supervision ledgers, one module a subject; importing this package registers them."""

from rectification.ledgers import items  # noqa: F401, I001
from rectification.ledgers import inspections, inspections_checks, inspections_inbox, inspections_items  # noqa: F401
from rectification.ledgers import sampling  # noqa: F401
from rectification.ledgers import accountability  # noqa: F401
from rectification.ledgers import cadres, dispatch, meetings, orders, tasks, tasks_inbox  # noqa: F401
