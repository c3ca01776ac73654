"""Which state of the code this is: what set-up depends on is done again when it changes, and only then."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def digest() -> str:
    """A hash of all code outside tests and of the reference data: whatever `setup_database` may depend on."""
    packages = [path.parent for path in ROOT.glob("*/apps.py")]
    files = [path for package in packages for path in package.rglob("*") if path.suffix in (".py", ".sql", ".json")]
    files += [path for path in (ROOT / "reference").rglob("*") if path.is_file()]
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()
