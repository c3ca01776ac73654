"""Bring the database to this release: migrations as the owner, rights of the application role, reference data."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from divisions.loading import load_code_items, load_divisions
from rectification.loading import load_problem_classes
from relocation.settings import BASE_DIR

DIVISIONS = BASE_DIR / "reference" / "divisions_sample.csv"


class Command(BaseCommand):
    help = "Migrate as the owner, grant the application role its rights, load divisions, code lists and classes of problems. Repeatable."

    def handle(self, *args, **options):
        call_command("migrate", database="owner", interactive=False, verbosity=options["verbosity"])
        grant(connections["default"].settings_dict["USER"])
        load_divisions(DIVISIONS, using="owner")
        load_code_items(using="owner")
        load_problem_classes(using="owner")
        if options["verbosity"]:
            self.stdout.write("The database is ready.")


def grant(role: str) -> None:
    """The application reads and writes rows; it owns nothing, and event tables are filled by triggers alone."""
    with connections["owner"].cursor() as cursor:
        name = connections["owner"].ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name}")
        cursor.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE %s",
            [r"%\_event"],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {name}")
