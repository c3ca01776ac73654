"""What is known of a household's home, land, income and safety net is part of its file: changes outdate confirmations."""

from django.db import migrations

from households.watching import OF_PERSON, Watched

OF_HOUSEHOLD = (
    "CadreLink",
    "DoctorContract",
    "Home",
    "Income",
    "IndustrySupport",
    "LandIncome",
    "LandRight",
    "MinimumLiving",
    "OldHouse",
    "TemporaryRelief",
)
OF_PEOPLE = ("Disability", "HukouState", "Insurance", "Schooling")


class Migration(migrations.Migration):
    dependencies = [("households", "0008_visits")]

    operations = [
        *(Watched(name) for name in OF_HOUSEHOLD),
        *(Watched(name, OF_PERSON) for name in OF_PEOPLE),
    ]
