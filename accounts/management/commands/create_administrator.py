"""The first account of an installation without demo."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from accounts.actions import new_password
from accounts.models import User, UserScope
from common.changes import writing


class Command(BaseCommand):
    help = "Create an administrator for the whole nation and print its password, to be changed at the first sign-in."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the person's name")

    def handle(self, *args, **options):
        if User.objects.filter(username=options["username"]).exists():
            raise CommandError(f"The user name {options['username']} is taken. Choose another.")
        password = new_password()
        with writing():
            user = User(
                username=options["username"],
                display_name=options["name"] or options["username"],
                role="admin",
                must_change_password=True,
            )
            user.set_password(password)
            user.save()
            UserScope.objects.create(user=user, region=0)
        self.stdout.write(f"Password of {user.username}: {password}")
