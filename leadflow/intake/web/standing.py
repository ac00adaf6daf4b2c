"""Where a lead stands, for the source that sent it: nothing personal, and only its own leads."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm.errors import NotFound
from crm.lifecycle import LeadStage, LeadState
from crm.store.life import leads
from crm.views import LeadView
from leadflow.dataverse.call import Services

SOURCE_MEMO = "intake_source"  # in the memo of a lead's run: known before any worker has stored the lead


async def standing_of(services: Services, source: str, leadid: UUID) -> dict[str, Any]:
    """Raises NotFound for a lead that is not of this source."""
    try:
        view = await services.read(lambda connection: leads.view(connection, leadid, now=datetime.now(UTC)))
    except NotFound:
        memo = await services.leads.memo_of(leadid)
        if memo and memo.get(SOURCE_MEMO) == source:
            return {"leadid": leadid, "stage": LeadStage.RECEIVED, "state": LeadState.OPEN.name.lower(), "problems": []}
        raise _not_found(source) from None
    if (view.source or "").casefold() != source:
        raise _not_found(source)
    return _shown(view)


def _shown(view: LeadView) -> dict[str, Any]:
    return {
        "leadid": view.leadid,
        "stage": view.stage,
        "state": LeadState(view.statecode).name.lower(),
        "problems": list(view.problems),
        "external_id": view.external_id,
        "merged_into": view.master,
    }


def _not_found(source: str) -> NotFound:
    return NotFound(f"The source '{source}' has sent no lead with this id.")
