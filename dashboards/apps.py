from django.apps import AppConfig

from common.terms import term


class DashboardsConfig(AppConfig):
    name = "dashboards"
    verbose_name = term("dashboards", "监测看板")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The catalogue fills itself; panels and consequences join the pages of lower apps.
        import dashboards.indicators
        import dashboards.panels  # noqa: F401
