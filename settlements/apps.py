from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "settlements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import settlements.ledgers  # noqa: F401  the declarations register themselves
