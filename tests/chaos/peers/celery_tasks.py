"""Celery as its documentation has it for work that must not be lost."""

from __future__ import annotations

import os

from celery import Celery
from tasks import run

app = Celery("chaos", broker=os.environ["CHAOS_REDIS"], backend=os.environ["CHAOS_REDIS"])
app.conf.update(
    task_serializer="json",
    worker_prefetch_multiplier=1,
    task_track_started=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # An hour by default: whatever a killed worker had would be away as long.
    broker_transport_options={"visibility_timeout": 15},
    result_backend_transport_options={"visibility_timeout": 15},
)
again = app.task(name="again", acks_late=True, reject_on_worker_lost=True)(run)
once = app.task(name="once")(run)
