"""The ledgers of households; importing them registers them, in the order in which they are listed."""

import households.ledgers.duplicates
import households.ledgers.grids
import households.ledgers.households
import households.ledgers.industry
import households.ledgers.persons
import households.ledgers.registry  # noqa: F401
