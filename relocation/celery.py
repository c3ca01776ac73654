"""The Celery application: workers run `celery -A relocation worker`, the clock `celery -A relocation beat`."""

import os
import warnings

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relocation.settings")

# As root in a container of the quick start: the broker takes JSON only, through a socket that only root can open.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("relocation")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
