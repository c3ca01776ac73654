"""Photographs of secret visits are as secret as the visits."""

from django.db import migrations

from rectification.models.inspections_veil import AttachmentsVeil


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0002_attachments"), ("rectification", "0004_tasks")]

    operations = [AttachmentsVeil()]
