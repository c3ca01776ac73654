"""Repeats above each package that requirements*.in names why it is there: `python script/reasons.py requirements`."""

import re
import sys
from pathlib import Path

NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9_.-]*)")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def reasons(source: str) -> dict[str, str]:
    """Package -> reason, from lines `package  # reason`."""
    lines = (line.split(" # ", 1) for line in source.splitlines() if NAME.match(line))
    return {normal(NAME.match(line[0])[1]): line[1] for line in lines}


def main(name: str) -> None:
    why = reasons(Path(f"{name}.in").read_text())
    compiled = Path(f"{name}.txt")
    lines = []
    for line in compiled.read_text().splitlines():
        package = NAME.match(line)
        if package and normal(package[1]) in why:
            lines.append(f"# {why[normal(package[1])]}")
        lines.append(line)
    compiled.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
