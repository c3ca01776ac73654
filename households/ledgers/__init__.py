"""The ledgers of households; importing them registers them, in the order in which they are listed."""

# isort: off
import households.ledgers.households
import households.ledgers.persons
import households.ledgers.registry
import households.ledgers.duplicates
import households.ledgers.life
import households.ledgers.grids
import households.ledgers.industry
import households.ledgers.homes
import households.ledgers.old_houses
import households.ledgers.lands
import households.ledgers.income
import households.ledgers.risks
import households.ledgers.safety
import households.ledgers.plans
import households.ledgers.visits
import households.ledgers.confirmation  # noqa: F401
