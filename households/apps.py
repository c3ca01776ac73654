from django.apps import AppConfig

from common.terms import term


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = term("relocated households", "搬迁户与人口")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import households.ledgers
        import households.life_panels  # noqa: F401  the declarations register themselves
