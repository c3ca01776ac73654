from django.apps import AppConfig

from common.terms import term


class DivisionsConfig(AppConfig):
    name = "divisions"
    verbose_name = term("divisions and code lists", "区划与代码")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import divisions.ledgers  # noqa: F401  the declarations register themselves
