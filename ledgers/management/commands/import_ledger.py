"""Import a workbook into a ledger or composite sheet, in this process: the same checks and writers as in the browser."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from common import scope
from common.problems import Refused
from divisions.models import Division
from ledgers.imports.checking import Checked, check, problem_rows
from ledgers.imports.progress import Silent
from ledgers.imports.reading import read_source
from ledgers.imports.storing import check_owners, create_owners, store
from ledgers.shapes import Shape, shape_for

COUNTED = ("households", "persons", "employments")


class Command(BaseCommand):
    help = "Check a workbook and store it in one transaction; exits 1, storing nothing, while errors remain."

    def add_arguments(self, parser):
        parser.add_argument("key", help="key of a ledger or composite sheet, such as county-roster")
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="user", required=True, help="user name of whoever imports")
        parser.add_argument("--check-only", action="store_true", help="store nothing")
        parser.add_argument("--valid-only", action="store_true", help="store what is valid, although errors remain")
        parser.add_argument(
            "--create-settlements",
            action="store_true",
            help="create the settlements that sheets name and nobody knows, in --division",
        )
        parser.add_argument("--division", type=int, help="12-digit code of the new settlements' township")
        parser.add_argument(
            "--told",
            action="append",
            default=[],
            metavar="COLUMN=VALUE",
            help="what holds for the whole file where a cell of the column is blank",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        if options["create_settlements"] and options["division"] is None:
            raise CommandError("--create-settlements needs --division with the code of the township")
        if any("=" not in pair for pair in options["told"]):
            raise CommandError("--told takes COLUMN=VALUE")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']}.")
        try:
            shape = shape_for(user, options["key"], "import")
            answer, stored = self.run(shape, user, options)
        except (Http404, PermissionDenied) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            answer, stored = refusal([(error.code or "invalid", error.messages[0])]), False
        except Refused as error:
            answer, stored = refusal([(problem.code, problem.message) for problem in error.problems]), False
        self.report(answer, options["json"])
        if not stored:
            sys.exit(1)

    def run(self, shape: Shape, user, options) -> tuple[dict, bool]:
        """The answer, and whether everything asked for was done."""
        of_file = dict(pair.split("=", 1) for pair in options["told"])
        source = read_source(options["file"], shape, of_file)
        with scope.acting_as(user, source="import_ledger"):
            checked = check(source, shape, user, Silent(), of_file)
            unknown = list(checked.unknown)
            if unknown and options["create_settlements"] and not options["check_only"]:
                told = {name: settlement_in(options["division"]) for name in unknown}
                rows, problems = check_owners(shape, told, user)
                if problems:
                    raise Refused(problems)
                create_owners(shape, rows, by=user, source="import_ledger")
                checked = check(read_source(options["file"], shape, of_file), shape, user, Silent(), of_file)
            done = options["valid_only"] or not checked.errors
            if done and not options["check_only"]:
                done = not checked.unknown
                if done:
                    store(checked, shape, by=user, progress=Silent(), source="import_ledger")
            if not done:
                transaction.set_rollback(True)
        return answer_of(checked, shape, unknown), done

    def report(self, answer: dict, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for name, value in answer.items():
            if isinstance(value, int):
                self.stdout.write(f"{name}: {value}")
        for name in answer["unknown_settlements"]:
            self.stdout.write(_("unknown settlement: %(name)s") % {"name": name})
        for problem in (*answer["errors"], *answer["warnings"]):
            self.stdout.write("{sheet} {row} {column} {value} [{code}] {message}".format(**problem))


def settlement_in(code: int) -> dict:
    """A concentrated settlement of a township: urban in a street 街道, else rural."""
    township = Division.objects.filter(code=code, valid_to=None).first()
    if township is None:
        raise CommandError(f"There is no division {code}.")
    return {"division": str(code), "placement": "concentrated", "location": "urban" if township.is_street else "rural"}


def answer_of(checked: Checked, shape: Shape, unknown: list[str]) -> dict:
    answer = dict.fromkeys(COUNTED, 0)
    answer |= {ledger.key: n for (ledger, _parent), n in zip(shape.levels, checked.source.counts, strict=True)}
    answer |= {
        "new": checked.new,
        "changed": checked.changed,
        "unchanged": checked.unchanged,
        "refused": checked.refused,
    }
    told = [
        {name: row[name] for name in ("sheet", "row", "column", "value", "code", "message")}
        | {"warning": row["warning"]}
        for row in problem_rows(checked)
    ]
    for kind, warning in (("errors", False), ("warnings", True)):
        answer[kind] = [{k: v for k, v in row.items() if k != "warning"} for row in told if row["warning"] is warning]
    answer["unknown_settlements"] = unknown
    answer["kept"] = [{"key": key, "name": name} for key, name in checked.kept]
    answer["hidden_sheets"] = checked.source.hidden
    return answer


def refusal(faults: list[tuple[str, str]]) -> dict:
    """The answer for a file that is refused whole."""
    errors = [
        {"sheet": "", "row": 0, "column": "", "value": "", "code": code, "message": message} for code, message in faults
    ]
    return dict.fromkeys((*COUNTED, "new", "changed", "unchanged", "refused"), 0) | {
        "errors": errors,
        "warnings": [],
        "unknown_settlements": [],
        "kept": [],
        "hidden_sheets": [],
    }
