from django.apps import AppConfig

from common.terms import term


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = term("accounts and posts", "账号与岗位")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        import accounts.ledgers  # noqa: F401  the declarations register themselves
