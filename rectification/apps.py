from django.apps import AppConfig

from common.terms import term


class RectificationConfig(AppConfig):
    name = "rectification"
    verbose_name = term("rectification and supervision", "督导整改")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The declarations register themselves.
        import rectification.indicators
        import rectification.item_panels
        import rectification.ledgers
        import rectification.rules  # noqa: F401
