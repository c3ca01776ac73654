from django.apps import AppConfig

from common.terms import term


class AlertsConfig(AppConfig):
    name = "alerts"
    verbose_name = term("deadlines and alerts", "时限与预警")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import alerts.ledgers  # noqa: F401  the declarations register themselves
