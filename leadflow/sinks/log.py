"""The worker's log as a sink: one line of JSON an event, on the logger `leadflow.events`."""

import logging

import orjson

from crm.store.sinks.outbox import Event
from leadflow.sinks.config import LogConfig

_log = logging.getLogger("leadflow.events")


class LogSink:
    def __init__(self, name: str, config: LogConfig) -> None:
        self.name = name
        self._config = config

    def wants(self, event: str) -> bool:
        return event in self._config.events

    def deliver(self, event: Event) -> str:
        _log.info("%s", orjson.dumps(event.payload).decode())
        return "logged"
