from django.apps import AppConfig

from common.terms import term


class ComplianceConfig(AppConfig):
    name = "compliance"
    verbose_name = term("verdicts and findings", "达标判定与问题发现")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The declarations register themselves.
        import compliance.ledgers
        import compliance.panels
        import compliance.rules
        import compliance.rules_ledger  # noqa: F401
