"""A closing number that was given once is never given again, also where the problem came back and has lost it.

The four needs of registration say so where they are entered.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.fields.json import KT

import common.fields
import rectification.models.fields

GIVEN = """
CREATE OR REPLACE FUNCTION rectification_last_number(prefix text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT max(substr(n, length(prefix) + 2)::integer) FROM (
    SELECT number AS n FROM rectification_rectificationitem WHERE number >= prefix || '-' AND number < prefix || '.'
    UNION ALL
    SELECT told ->> 'closing_number' FROM rectification_itemmove
      WHERE act = 'close' AND told ->> 'closing_number' >= prefix || '-' AND told ->> 'closing_number' < prefix || '.'
  ) taken
$$"""


class Migration(migrations.Migration):
    dependencies = [("rectification", "0005_attachments_veil")]

    operations = [
        migrations.AddIndex(
            model_name="itemmove",
            index=models.Index(KT("told__closing_number"), condition=Q(act="close"), name="item_move_closing_number"),
        ),
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="rectificationitem",
            name="target",
            field=common.fields.CleanTextField(
                blank=True,
                help_text="Needed before the problem is registered",
                max_length=500,
                multiline=True,
                verbose_name="target",
            ),
        ),
        migrations.AlterField(
            model_name="rectificationitem",
            name="measures",
            field=common.fields.CleanTextField(
                blank=True,
                help_text="Needed before the problem is registered",
                max_length=2000,
                multiline=True,
                verbose_name="measures",
            ),
        ),
        migrations.AlterField(
            model_name="rectificationitem",
            name="deadline_on",
            field=rectification.models.fields.DeadlineField(
                blank=True,
                help_text="A day, or months from the day of finding (3个月); needed before the problem is registered",
                null=True,
                verbose_name="deadline",
            ),
        ),
        migrations.AlterField(
            model_name="rectificationitem",
            name="lead_unit",
            field=models.ForeignKey(
                blank=True,
                help_text="Needed before the problem is registered",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items_led",
                to="divisions.unit",
                verbose_name="lead unit",
            ),
        ),
    ]
