"""The digest as an e-mail: plain text, the most pressing first, with a link for each."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.inbox import days_in_words
from alerts.models import Alert, Digest
from common import scope
from common.codes import code_list

SHOWN = 50  # lines of a message; the inbox has all
LOUDEST_FIRST = ["red", "orange", "yellow", "blue"]


class NotSent(Exception):
    """Why a try failed, in words without personal data."""

    def __init__(self, reason: str, answer: int | None = None):
        self.reason, self.answer = reason, answer
        super().__init__(reason)


def send(digest: Digest) -> bool:
    """Send it to the user's address of today; False where there is nothing to say any more. Raises NotSent."""
    if not (digest.user.is_active and digest.user.email and digest.user.wants_digest):
        return False
    with scope.acting_as(digest.user, source="deadlines"), translation.override(settings.LANGUAGE_CODE):
        alerts = {
            alert.pk: alert
            for alert in Alert.objects.visible_to(digest.user).filter(
                pk__in=[part["alert"] for part in digest.parts], ended_on=None
            )
        }
        subject, body = written(digest, alerts)
    if not alerts:
        return False
    try:
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [digest.user.email]).send()
    except (smtplib.SMTPException, OSError) as error:
        code = getattr(error, "smtp_code", "")
        raise NotSent(f"{type(error).__name__} {code}".strip()) from error
    return True


def written(digest: Digest, alerts: dict[int, Alert]) -> tuple[str, str]:
    """(subject, text) of what of the digest is still open."""
    parts = [part for part in digest.parts if part["alert"] in alerts]
    parts.sort(key=lambda part: LOUDEST_FIRST.index(part["level"]) if part["level"] in LOUDEST_FIRST else 9)
    late = sum(alerts[part["alert"]].due_on < digest.day for part in parts)
    subject = _("Reminders of %(day)s: %(n)s, of them late: %(late)s")
    lines = [_("%(person)s, this has become near or late:") % {"person": digest.user.display_name}, ""]
    heading = None
    for part in parts[:SHOWN]:
        alert = alerts[part["alert"]]
        words = code_list("alert_level").label(part["level"]) or _("without a level")
        if words != heading:
            lines += ["", f"【{words}】"] if heading else [f"【{words}】"]
            heading = words
        lines.append(f"· {alert.title}: {alert.message} ({days_in_words((digest.day - alert.due_on).days)})")
        lines.append(f"  {settings.SITE_URL}{alert.address}")
    if len(parts) > SHOWN:
        lines += ["", _("%(n)s more stand in the inbox.") % {"n": len(parts) - SHOWN}]
    lines += ["", _("Inbox: %(address)s") % {"address": f"{settings.SITE_URL}/inbox/"}]
    lines.append(_("You can do without this message: %(address)s") % {"address": f"{settings.SITE_URL}/settings/"})
    told = {"day": digest.day.isoformat(), "n": len(parts), "late": late}
    return subject % told, "\n".join(lines) + "\n"
