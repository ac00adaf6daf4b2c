"""Timeouts and retry policies, in one place.

A step first runs as a local activity: no round trip to the server, a marker in the history. If it does not succeed at
once, it runs as a normal activity, which is retried for as long as it takes and which the Web UI shows as pending with
its last failure: that is how an on-call engineer sees a database that is down.
"""

from datetime import timedelta

from temporalio.common import RetryPolicy

LOCAL_TIMEOUT = timedelta(seconds=5)
LOCAL_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=2)

STEP_TIMEOUT = timedelta(seconds=30)
STEP_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
)
