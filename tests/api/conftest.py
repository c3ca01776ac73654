import pytest

from tests.ledgers.world import World, make_world


@pytest.fixture
def world(db, clock) -> World:
    clock("2020-06-30")
    return make_world()
