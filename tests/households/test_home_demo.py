"""Generated homes, titles, old houses and land: near the figures that are published, sound in every row, and the same again."""

import datetime as dt
import time

import pytest

from common import scope
from common.ledger import registry
from households.models import Home, LandRight, OldHouse, QuotaUse
from households.queries.homes import counts
from households.queries.origin import land_progress, progress
from relocation.demo import accounts, file_home, load
from relocation.demo.plan import COUNTY_DEMO
from tests import world

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ON = dt.date(2026, 3, 31)


def test_every_generated_household_has_home_and_origin_near_the_figures(clock):
    clock(ON)
    accounts.make_accounts()
    load.load(load.plan_for("county", 1), on=ON, seed=1, say=lambda text: None)
    began = time.monotonic()
    file_home.load(ON, 1, lambda text: None)
    took = time.monotonic() - began
    everything = world.user("all", "auditor", 0)
    households = sum(totals.households for totals in COUNTY_DEMO.values())
    with scope.whole():
        told = counts(Home.objects.all(), ON)
        total, parts = progress(520000000000, everything, ON)
        lands = land_progress(LandRight.objects.all())
        for model in (Home, OldHouse, LandRight, QuotaUse):
            for row in model.objects.order_by("pk")[::97]:
                row.clean()
    assert told["homes"] == households and told["handed_over"] == told["accepted"] == households
    assert 0.88 < told["issued"] / told["handed_over"] < 0.93
    assert 0 < told["stale"] < 0.05 * households and 0 < told["over_area"] < 0.01 * households
    assert 0.9 < total.counts["demolished"] / total.counts["due"] < 1
    assert 0.9 < total.counts["reclaimed"] / total.counts["demolished"] < 1
    assert 0.9 < lands["used"] / lands["holding"] < 1
    assert len(parts) >= 1 and total.counts["houses"] < households
    print(f"{took:.2f} s", told, total.counts, lands)
    with scope.whole():
        before = Home.objects.count()
    file_home.load(ON, 1, lambda text: None)
    with scope.whole():
        assert Home.objects.count() == before
        assert registry["findings"].model.objects.filter(rule="home-area", closed_on=None).count() == told["over_area"]
