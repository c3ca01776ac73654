"""Command line: runs the benchmarks named, or all, and prints their figures, one JSON object a line."""

from __future__ import annotations

import argparse
import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django  # noqa: E402

django.setup()

from bench import databases, deadlines, export, pages, roster, verdict  # noqa: E402

BENCHMARKS = {
    "verdict-one": verdict.one,
    "verdict-province": verdict.province,
    "import-roster": roster.measure,
    "export": export.measure,
    "dashboard": pages.dashboard,
    "list": pages.lists,
    "deadlines": deadlines.measure,
}
OF_THE_COUNTY = {"deadlines"}  # need no province, which takes minutes to load


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; none: all of them")
    names = parser.parse_args().name
    for name in names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name}: choose from {', '.join(BENCHMARKS)}")
    with databases.servers():
        scales = ["county"] if names and {*names} <= OF_THE_COUNTY else databases.settings.SCALES
        for scale in scales:
            databases.prepare(scale)
        for name in names or BENCHMARKS:
            for figure in BENCHMARKS[name]():
                print(json.dumps(figure.rounded(), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
