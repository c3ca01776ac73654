"""A closing number that was given once is never given again, also where the problem came back and has lost it."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.fields.json import KT

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
    dependencies = [("rectification", "0004_tasks")]

    operations = [
        migrations.AddIndex(
            model_name="itemmove",
            index=models.Index(KT("told__closing_number"), condition=Q(act="close"), name="item_move_closing_number"),
        ),
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
    ]
