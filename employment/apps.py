from django.apps import AppConfig


class EmploymentConfig(AppConfig):
    name = "employment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import employment.ledgers  # noqa: F401  the declarations register themselves
