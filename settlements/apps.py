from django.apps import AppConfig

from common.terms import term


class SettlementsConfig(AppConfig):
    name = "settlements"
    verbose_name = term("settlements", "安置点")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import settlements.ledgers  # noqa: F401  the declarations register themselves
