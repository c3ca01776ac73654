"""What watchers ask: /healthz (this process answers), /readyz (it can work), /metrics (Prometheus text)."""

from celery import current_app
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from kombu.exceptions import OperationalError

from jobs.models import Job


class HealthMiddleware:
    """Answers before any other middleware does: without session, host check or transaction, so that a missing
    database is reported and not stumbled over."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.answers = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request):
        answer = self.answers.get(request.path_info, self.get_response)
        return answer(request)


def healthz(request) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request) -> JsonResponse:
    """200 with every part "ok", else 503 with what is wrong with the first part that is."""
    parts = {}
    for name, check in (("database", check_database), ("migrations", check_migrations), ("broker", check_broker)):
        try:
            check()
        except (DatabaseError, OperationalError, ImproperlyConfigured) as error:
            parts[name] = str(error).splitlines()[0] or type(error).__name__
            answer = JsonResponse(parts, status=503)
            answer._has_been_logged = True  # asked every second while a site starts; the watcher has the reason
            return answer
        parts[name] = "ok"
    return JsonResponse(parts)


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Raises ImproperlyConfigured while migrations of this release are missing. Looked up until it held once."""
    if check_migrations.done:
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise ImproperlyConfigured(f"{len(missing)} migrations are not applied, the first is {missing[0][0]}")
    check_migrations.done = True


check_migrations.done = False


def check_broker() -> None:
    with current_app.connection_for_read(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0.2, timeout=2)


def queue_length() -> int:
    """Tasks that wait in the broker."""
    with current_app.connection_for_read(connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0.2, timeout=2)
        return broker.default_channel.client.llen(settings.CELERY_TASK_DEFAULT_QUEUE)


def _queue_lines() -> list[str]:
    """Without the broker there is no figure; that it is down is what /readyz says."""
    try:
        length = queue_length()
    except OperationalError:
        return []
    return [
        "# HELP relocation_queue_length Tasks that wait in the broker.",
        "# TYPE relocation_queue_length gauge",
        f"relocation_queue_length {length}",
    ]


def metrics(request) -> HttpResponse:
    """Figures of the whole installation, not of one process; no names, no regions."""
    lines = [
        "# HELP relocation_info The release that runs.",
        "# TYPE relocation_info gauge",
        f'relocation_info{{version="{settings.VERSION}"}} 1',
        *_queue_lines(),
        "# HELP relocation_jobs Background jobs by state.",
        "# TYPE relocation_jobs gauge",
    ]
    counts = dict(Job.objects.order_by().values_list("state").annotate(models.Count("pk")))
    lines += [f'relocation_jobs{{state="{state}"}} {counts.get(state, 0)}' for state in Job.State.values]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
