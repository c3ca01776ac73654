"""Make the demo accounts and print them."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from relocation.demo import accounts


class Command(BaseCommand):
    help = (
        "Make the demo accounts that are missing, and print all of them with password (DEMO_PASSWORD, else made once and"
        " kept in DATA_DIR) and API token. Repeatable; a password changed by hand stays."
    )

    def handle(self, *args, **options):
        for line in accounts.described():
            self.stdout.write(line)
