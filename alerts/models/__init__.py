"""Tables of alerts by subject: what is due, the work calendar, what is sent."""

from alerts.models.alerts import Alert, AlertReceipt, Deadline
from alerts.models.calendar import CalendarDay
from alerts.models.nightly import DeadlineRun
from alerts.models.sending import Digest, Webhook, WebhookDelivery

__all__ = ["Alert", "AlertReceipt", "CalendarDay", "Deadline", "DeadlineRun", "Digest", "Webhook", "WebhookDelivery"]
