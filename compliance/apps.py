from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The declarations register themselves.
        import compliance.ledgers
        import compliance.panels
        import compliance.rules
        import compliance.rules_ledger  # noqa: F401
