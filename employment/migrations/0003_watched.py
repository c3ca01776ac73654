from django.db import migrations

from households.watching import OF_PERSON, Watched


class Migration(migrations.Migration):
    dependencies = [("employment", "0002_one_index_by_person"), ("households", "0008_visits")]

    operations = [Watched("Employment", OF_PERSON)]
