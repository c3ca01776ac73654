"""The county of origin and that of destination read each other's files, home and quota project of a household."""

from django.db import migrations

from households.functions.sides import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("households", "0009_watched"), ("ledgers", "0002_attachments")]

    operations = [migrations.RunSQL(made, f"DROP FUNCTION {name}") for name, made in FUNCTIONS.items()]
