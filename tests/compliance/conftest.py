"""Fixtures for verdicts: the whole nation in scope, a settlement, a user."""

import pytest

from accounts.models import User
from common import scope
from compliance import tick
from relocation import pipeline
from tests.compliance.store import settlement


@pytest.fixture(autouse=True)
def pipeline_installed():
    """As at the project's start; and no day counts as begun because an earlier, undone test began it."""
    pipeline.install()
    tick._finished = None


@pytest.fixture
def nation(db):
    with scope.whole(source="test"):
        yield


@pytest.fixture
def official(nation):
    user = User.objects.create(username="official", display_name="Official", role="county")
    user.scopes.create(region=522326000000)
    return user


@pytest.fixture
def place(official):
    return settlement()
