"""The paths of intake and quarantine."""

from crm.lifecycle import LeadStage, LeadState
from leadflow.api.openapi.parts import GUID, JSON, TEXT, Json, errors, operation, parameter, response, schema
from leadflow.intake.web import quarantine, routes
from leadflow.intake.web.bodies import MEDIA_TYPES
from leadflow.intake.web.credentials import LONGEST_KEY

_TAKING = (400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 503)
_SHOWING = (400, 401, 403, 404, 405, 408, 413, 429, 503)
_KEEPING = (400, 401, 403, 404, 405, 408, 409, 413, 422, 429, 503)
_SENDER: list[Json] = [{"apiKey": []}, {"bearerKey": []}, {"standardWebhooks": []}, {"signature": []}, {}]
_TOKEN: list[Json] = [{"token": []}]
_SOURCE = parameter(
    "source", "path", {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}$"}, "Its key.", required=True
)
_LEAD = parameter("lead", "path", GUID, "The id of the lead.", required=True)
_KEY = parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_KEY}}}$"},
    "The same key again is the same lead. The body's external id wins over it.",
)
_STRINGS: Json = {"type": "array", "items": TEXT}


def intake_paths() -> Json:
    """The paths of every source, and those of quarantine."""
    return {
        routes.ROOT + "{source}": {"parameters": [_SOURCE], "post": _take_in()},
        routes.ROOT + "{source}/{lead}": {"parameters": [_SOURCE, _LEAD], "get": _standing()},
        quarantine.ROOT: {"get": _list()},
        quarantine.ROOT + "/{lead}": {"parameters": [_LEAD], "get": _show(), "patch": _correct(), "delete": _discard()},
    }


def intake_schemas() -> Json:
    """The schemas that only these paths use."""
    taken = {"leadid": GUID, "status": {"type": "string", "format": "uri"}}
    standing: Json = {
        "leadid": GUID,
        "stage": {"enum": list(LeadStage)},
        "state": {"enum": [state.name.lower() for state in LeadState]},
        "problems": _STRINGS,
        "external_id": {"type": ["string", "null"]},
        "merged_into": {"type": ["string", "null"], "format": "uuid"},
    }
    listed: Json = {
        "leadid": GUID,
        "source": {"type": ["string", "null"]},
        "external_id": {"type": ["string", "null"]},
        "received_on": {"type": "string", "format": "date-time"},
        "problems": _STRINGS,
    }
    return {
        "Submission": {
            "type": "object",
            "minProperties": 1,
            "description": "Attributes of a lead by logical name or usual heading (`Email`, `Company`), and what the "
            "source allows of external_id, business_unit, channel_partner, campaign, received_on and urgency.",
        },
        "Taken": _closed(taken, list(taken)),
        "Standing": _closed(standing, ["leadid", "stage", "state", "problems"]),
        "Quarantined": _closed(listed, list(listed)),
        "QuarantinedWhole": _closed({**listed, "submission": {"type": "object"}}, [*listed, "submission"]),
        "QuarantinedPage": _closed(
            {"value": {"type": "array", "items": schema("Quarantined")}, "next": TEXT}, ["value"]
        ),
        "Corrected": _closed({name: standing[name] for name in ("leadid", "stage", "problems")}, ["leadid", "stage"]),
    }


def _closed(properties: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _take_in() -> Json:
    location = {"Location": {"schema": TEXT, "description": "The address that says where the lead stands."}}
    answers = {
        "202": response("The lead is taken; its workflow is started durably.", schema("Taken"), headers=location),
        "200": response("The lead was taken before, under this key.", schema("Taken"), headers=location),
        "303": response("The lead is taken; a form goes on to the page that the source names.", headers=location),
        **errors(_TAKING, "Problem"),
    }
    content = {media_type: {"schema": schema("Submission")} for media_type in MEDIA_TYPES}
    more: Json = {"requestBody": {"required": True, "content": content}}
    return operation("Take a lead in", "intake", "take_in", answers, parameters=[_KEY], security=_SENDER, **more)


def _standing() -> Json:
    answers = {"200": response("Where the lead stands.", schema("Standing")), **errors(_SHOWING, "Problem")}
    return operation("Say where a lead stands", "intake", "standing", answers, security=_SENDER)


def _list() -> Json:
    limit: Json = {"type": "integer", "minimum": 1, "maximum": quarantine.LARGEST_PAGE, "default": quarantine.PAGE}
    options = [
        parameter("source", "query", TEXT, "Leads of this source only."),
        parameter("limit", "query", limit, "How many at most."),
        parameter("after", "query", TEXT, "What the link to the next page says."),
    ]
    answers = {"200": response("Those that wait longest first.", schema("QuarantinedPage"))}
    return _kept("List leads in quarantine", "list_quarantine", answers, parameters=options)


def _show() -> Json:
    answers = {"200": response("The lead with what came in: personal data.", schema("QuarantinedWhole"))}
    return _kept("Show a lead in quarantine", "show_quarantined", answers)


def _correct() -> Json:
    answers = {"200": response("Released, or still in quarantine with these problems.", schema("Corrected"))}
    changes: Json = {"type": "object", "minProperties": 1, "description": "Raw values by attribute; null takes away."}
    more: Json = {"requestBody": {"required": True, "content": {JSON: {"schema": changes}}}}
    return _kept("Correct a lead; it is released once it validates", "correct_quarantined", answers, **more)


def _discard() -> Json:
    return _kept("Discard a lead: close it as disqualified", "discard_quarantined", {"204": response("It is closed.")})


def _kept(title: str, id: str, answers: Json, **more: Json | list[Json]) -> Json:
    return operation(title, "quarantine", id, {**answers, **errors(_KEEPING, "Problem")}, security=_TOKEN, **more)
