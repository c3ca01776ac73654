"""The ledgers of households; importing them registers them, in the order in which they are listed."""

# isort: off
import households.ledgers.households
import households.ledgers.persons
import households.ledgers.homes
import households.ledgers.old_houses
import households.ledgers.lands  # noqa: F401
