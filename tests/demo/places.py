"""Counties of the shipped divisions, without a database."""

import csv
from collections import defaultdict
from pathlib import Path

from relocation.demo.plan import County

FILE = Path(__file__).resolve().parents[2] / "reference" / "divisions_sample.csv"


def guizhou() -> list[County]:
    names, townships = {}, defaultdict(list)
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["code"].startswith("52"):
                names[int(row["code"])] = row["name"]
                if row["level"] == "4":
                    townships[int(row["parent"])].append((int(row["code"]), row["name"]))
    return [County(code, names[code], tuple(found)) for code, found in sorted(townships.items())]
