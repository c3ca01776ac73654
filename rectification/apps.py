from django.apps import AppConfig


class RectificationConfig(AppConfig):
    name = "rectification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The declarations register themselves.
        import rectification.indicators
        import rectification.item_panels
        import rectification.ledgers
        import rectification.rules  # noqa: F401
