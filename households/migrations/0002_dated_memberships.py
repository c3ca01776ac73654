from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("households", "0001_initial")]

    operations = [
        # Row-level security reads the region of a row, which this index did not hold: no query could use it alone.
        migrations.RemoveIndex("membership", "membership_household"),
        migrations.AddIndex(
            "membership",
            models.Index(
                F("household"),
                F("person"),
                condition=Q(joined_on__isnull=False) | Q(left_on__isnull=False),
                name="membership_dated",
            ),
        ),
    ]
