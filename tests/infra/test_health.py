"""What watchers get to see."""

import re

import pytest
from celery import current_app
from django.db import connections

from jobs.models import Job


def test_healthz_needs_no_database(client):
    assert client.get("/healthz", headers={"host": "unknown.example"}).status_code == 200


@pytest.mark.django_db
def test_readyz_names_every_part(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "broker": "ok"}


@pytest.mark.django_db(transaction=True)
def test_readyz_says_what_is_missing(client, monkeypatch):
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "/nowhere")
    connections["default"].close()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "/nowhere" in answer.json()["database"]


@pytest.mark.django_db
def test_a_missing_broker_is_said(client, monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_read_url", "redis+socket:///nowhere/valkey.sock")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"] != "ok"


@pytest.mark.django_db
def test_metrics_count_jobs_by_state(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    for state in Job.State.values:
        assert f'relocation_jobs{{state="{state}"}} 0\n' in answer.text
    assert re.search(
        r"^relocation_queue_length \d+$", answer.text, re.MULTILINE
    )  # nobody works here on what tests queue
