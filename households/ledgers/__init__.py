"""The ledgers of households; importing them registers them, in the order in which they are listed."""

import households.ledgers.households
import households.ledgers.life
import households.ledgers.persons  # noqa: F401
