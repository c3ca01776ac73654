"""The engine of reminders: from open deadlines to alerts, the same result however often and however late it runs.

`follow` brings some deadlines up to a day, as actions need it; `run` is the night's work over all of them.
"""

from alerts.engine.following import Followed, follow
from alerts.engine.nightly import Night, run

__all__ = ["Followed", "Night", "follow", "run"]
