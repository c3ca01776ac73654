"""The ledgers of households; importing them registers them, in the order in which they are listed."""

import households.ledgers.households
import households.ledgers.income
import households.ledgers.persons
import households.ledgers.risks
import households.ledgers.safety  # noqa: F401
