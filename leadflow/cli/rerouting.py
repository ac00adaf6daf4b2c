"""Commands that route many leads again: how fast, how far they are, and what came of it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from leadflow.cli.asking import with_leads
from leadflow.cli.output import counted, say
from leadflow.rerouting import Move, Rerouted, reroute
from leadflow.starter import Leads

RateOption = Annotated[float, typer.Option(min=0.1, max=1000, help="Leads re-routed a second.")]


def reroute_all(moves: Sequence[Move], rate: float) -> Rerouted:
    """Re-route leads through their workflows, with a progress bar on stderr."""

    async def work(leads: Leads) -> Rerouted:
        bars = Console(stderr=True)
        with Progress(console=bars, transient=True, disable=not bars.is_terminal) as progress:
            bar = progress.add_task("re-routing", total=len(moves))

            def moved(lead: UUID) -> None:
                progress.advance(bar)

            return await reroute(leads, moves, rate=rate, on_lead=moved)

    return with_leads(work, long=True)


def say_rerouted(result: Rerouted) -> None:
    """How many leads went, and why others did not."""
    say(f"{counted(len(result.done), 'lead')} re-routed, {len(result.refused)} refused")
    for lead, reason in result.refused.items():
        say(f"  {lead}: {reason}", "red")
