from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("employment", "0001_initial")]

    operations = [
        # The index of the reference serves as well and is smaller; with the region added, which row-level security
        # reads, the verdict was no faster.
        migrations.RemoveIndex("employment", "employment_person"),
    ]
