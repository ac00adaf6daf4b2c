"""What activities work with, opened once per worker process and passed to each group of activities."""

from dataclasses import dataclass, field

from activities.publishing import Sink
from activities.shadowing import ShadowRules
from crm.choices import ChoiceBook
from crm.store.database import Database
from rules.engine.live import LiveRules


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`default_country` (ISO alpha-2) is assumed for phone numbers of leads without a country. `sinks` are told what
    happens to leads."""

    database: Database
    rules: LiveRules
    default_country: str | None = None
    shadow: ShadowRules = field(default_factory=ShadowRules)
    sinks: tuple[Sink, ...] = ()

    @property
    def choices(self) -> ChoiceBook:
        """The option sets in force, with the organisation's own."""
        return self.rules.current().book.choices
