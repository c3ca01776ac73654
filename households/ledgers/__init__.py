"""The ledgers of households; importing them registers them, in the order in which they are listed."""

# isort: off
import households.ledgers.households
import households.ledgers.persons
import households.ledgers.plans
import households.ledgers.visits
import households.ledgers.confirmation  # noqa: F401
