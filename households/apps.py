from django.apps import AppConfig

from common.terms import term


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = term("relocated households", "搬迁户与人口")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The declarations register themselves; what extends the ledgers comes after them.
        # isort: off
        import households.ledgers
        import households.indicators.homes
        import households.panels.people
        import households.panels.homes
        import households.panels.origin
        import households.panels.income
        import households.panels.life  # noqa: F401
