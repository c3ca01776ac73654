"""Write a ledger or composite sheet to a workbook, as one user may see it."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from common import scope
from ledgers.exports.writing import Asked, export
from ledgers.imports.progress import Silent
from ledgers.masking import sees_clear
from ledgers.shapes import shape_for


class Command(BaseCommand):
    help = (
        "Write a ledger to an Excel workbook in the official frame. Sensitive columns are clear for roles that see"
        " them so (which is recorded), else masked."
    )

    def add_arguments(self, parser):
        parser.add_argument("key", help="key of a ledger or composite sheet, such as county-roster")
        parser.add_argument("--as", dest="user", required=True, help="user name of whoever exports")
        parser.add_argument("--out", type=Path, required=True, help="the workbook to write")
        parser.add_argument(
            "--filter", action="append", default=[], metavar="NAME=VALUE", help="as in the list's address"
        )

    def handle(self, *args, **options):
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']}.")
        unclear = [told for told in options["filter"] if "=" not in told]
        if unclear:
            raise CommandError(f"--filter {unclear[0]}: write NAME=VALUE.")
        filters = dict(told.split("=", 1) for told in options["filter"])
        try:
            shape = shape_for(user, options["key"], "export")
            with scope.acting_as(user, source="export_ledger"):
                asked = Asked(shape, filters, clear=sees_clear(user), purpose=_("Command export_ledger"))
                rows = export(asked, user, options["out"], Silent())
        except (Http404, PermissionDenied) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(_("%(rows)s rows written to %(file)s") % {"rows": rows, "file": options["out"]})
