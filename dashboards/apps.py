from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The catalogue fills itself; panels and consequences join the pages of lower apps.
        import dashboards.indicators
        import dashboards.panels  # noqa: F401
