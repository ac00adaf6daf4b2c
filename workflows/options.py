"""Timeouts and retry policies, in one place.

A step first runs as a local activity: no round trip to the server, a marker in the history. If it does not succeed at
once, it runs as a normal activity, which is retried for as long as it takes and which the Web UI shows as pending with
its last failure: that is how an on-call engineer sees a database that is down.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

with workflow.unsafe.imports_passed_through():
    from crm.views import LeadView

LOCAL_TIMEOUT = timedelta(seconds=5)
LOCAL_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=2)

STEP_TIMEOUT = timedelta(seconds=30)
STEP_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
)

# Temporal's priorities: 1 is the most urgent, 3 its default, 5 the least.
PRIORITIES = {"hot": 1, "normal": 3, "bulk": 5}


def priority_of(lead: LeadView | None) -> Priority:
    """What a normal activity goes before: as its rule says, if that is not `normal`; else as the lead came in."""
    if lead is None or lead.priority == "normal":
        return Priority.default
    return Priority(priority_key=PRIORITIES[lead.priority])
