"""The only writers of households and their members."""

from households.actions.families import check_families
from households.actions.households import save_households
from households.actions.life import leave_household
from households.actions.locking import lock_households
from households.actions.persons import save_persons
from households.actions.voiding import void_households, void_persons
from households.checks import check_households, check_persons

__all__ = [
    "check_families",
    "check_households",
    "check_persons",
    "leave_household",
    "lock_households",
    "save_households",
    "save_persons",
    "void_households",
    "void_persons",
]
