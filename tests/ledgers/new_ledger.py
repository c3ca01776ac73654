"""Puts the declaration of tests/ledgers/wells.py into the running process, as a start with it would, and takes it out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connections

from common.database import event_table, guard
from common.ledger import Ledger, registry
from ledgers.api import urls
from relocation.management.commands.setup_database import grant

MODULE = "tests.ledgers.wells"


@contextmanager
def declared() -> Iterator[Ledger]:
    """The ledger with its table, made by the owner as a migration would; and its collection in the API's addresses."""
    module = importlib.import_module(MODULE)
    model, ledger = module.Well, module.wells
    before = list(urls.urlpatterns)
    owner = connections["owner"]
    with owner.schema_editor() as editor:
        editor.create_model(model)
        for statement in guard(model):
            editor.execute(statement, params=None)
    grant(connections["default"].settings_dict["USER"])
    urls.urlpatterns += urls.collection_of(ledger)
    try:
        yield ledger
    finally:
        urls.urlpatterns[:] = before
        with owner.schema_editor() as editor:
            editor.execute(f'DROP TABLE "{event_table(model)}"')
            editor.delete_model(model)
        del registry.ledgers[ledger.key]
        del apps.all_models["ledgers"]["well"]
        del sys.modules[MODULE]
        apps.clear_cache()
