import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from relocation import embedded


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty DATA_DIR whose servers are stopped at the end. Not in pytest's own folder: that one is closed again for
    PostgreSQL's user whenever another test run begins."""
    with tempfile.TemporaryDirectory(prefix="relocation-test-") as folder:
        yield Path(folder)
        embedded.stop_valkey(Path(folder))
        embedded.stop_postgres(Path(folder))
