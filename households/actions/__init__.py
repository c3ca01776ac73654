"""The only writers of households and their members."""

from households.actions.confirmation import check_confirmations, decide, save_confirmations, void_confirmations
from households.actions.families import check_families
from households.actions.file_deadlines import settle_file_deadlines
from households.actions.households import save_households
from households.actions.life import leave_household
from households.actions.locking import lock_households
from households.actions.persons import save_persons
from households.actions.plans import (
    check_measures,
    check_plans,
    save_measures,
    save_plans,
    void_measures,
    void_plans,
)
from households.actions.visits import (
    check_steps,
    check_visits,
    record_visit,
    save_steps,
    save_visits,
    void_steps,
    void_visits,
)
from households.actions.voiding import void_households, void_persons
from households.checks.households import check_households, check_persons

__all__ = [
    "check_confirmations",
    "check_families",
    "check_households",
    "check_measures",
    "check_persons",
    "check_plans",
    "check_steps",
    "check_visits",
    "decide",
    "leave_household",
    "lock_households",
    "record_visit",
    "save_confirmations",
    "save_households",
    "save_measures",
    "save_persons",
    "save_plans",
    "save_steps",
    "save_visits",
    "settle_file_deadlines",
    "void_confirmations",
    "void_households",
    "void_measures",
    "void_persons",
    "void_plans",
    "void_steps",
    "void_visits",
]
