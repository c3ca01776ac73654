"""What is fetched at set-up is pinned, hashed and explained."""

import hashlib
import re
import tomllib

import pytest

from tests.settings import ROOT

VENDOR = ROOT / "static_vendor" / "vendor"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-assets"])
def test_every_package_is_pinned_with_hashes_and_the_named_ones_explained(name):
    source, compiled = (ROOT / f"{name}.in").read_text(), (ROOT / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", "\n" + compiled)[1:]
    assert all(re.match(r"[a-z0-9._-]+==\S+ .*\\\n +--hash=sha256:", entry, re.DOTALL) for entry in entries)
    named = [line for line in source.splitlines() if line and line[0] not in "#-"]
    for line in named:
        package, reason = line.split(" # ")
        assert f"# {reason}\n" in compiled, package
    assert "http" not in compiled.replace("httptools", "")


def test_browser_assets_are_those_recorded_with_their_licences():
    files = tomllib.loads((ROOT / "assets.toml").read_text())
    for name, file in files.items():
        content = (VENDOR / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"], name
        assert b"sourceMappingURL" not in content, name  # manifest storage would look for the map
    for package in {name.split("/")[0] for name in files}:
        assert f"{package}/LICENSE" in files


def test_the_lock_names_no_registry():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')
