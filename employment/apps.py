from django.apps import AppConfig

from common.terms import term


class EmploymentConfig(AppConfig):
    name = "employment"
    verbose_name = term("employment", "就业帮扶")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import employment.ledgers
        import employment.sections  # noqa: F401  the declarations register themselves
