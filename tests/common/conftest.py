"""Messages of the library are checked in English, whichever language the interface speaks."""

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield
