from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "divisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import divisions.ledgers  # noqa: F401  the declarations register themselves
