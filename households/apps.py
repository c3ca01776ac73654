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
        import households.home_indicators
        import households.people_panels
        import households.home_panels
        import households.origin_panels
        import households.income_panels
        import households.life_panels  # noqa: F401
