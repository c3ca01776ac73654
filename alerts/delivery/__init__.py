"""What leaves the house: digests by e-mail and to webhooks, one a receiver and day.

They are made in the night's transactions and sent afterwards, outside of any: nobody waits for a slow receiver.
"""

from alerts.delivery.digests import compose
from alerts.delivery.outgoing import deliver

__all__ = ["compose", "deliver"]
