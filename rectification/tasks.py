"""Background work of rectification."""

from celery import shared_task

from common import clock, scope
from common.rule import rules
from compliance.rule_engine import evaluate
from rectification.actions.sampling_findings import settle_all_findings


@shared_task(ignore_result=True)
def settle_findings() -> None:
    """Each night: findings of samples and of the yearly plan as they stand today; harmless whenever it runs."""
    on = clock.today()
    with scope.whole(source="sample-findings"):
        settle_all_findings(on=on)
    evaluate(rules["R-242"], on=on)
