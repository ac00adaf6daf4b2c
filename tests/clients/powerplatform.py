"""PyPI PowerPlatform-Dataverse-Client (Microsoft's), unmodified: a credential for it, and what it has no call for."""

from typing import Any

from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.models.query_builder import QueryBuilder
from PowerPlatform.Dataverse.models.record import QueryResult

NOBODY = "00000000-0000-0000-0000-0000000000ff"


class Credential:
    """A credential as azure-identity has them, with the one token that the service gave."""

    def __init__(self, token: str) -> None:
        self._token = AccessToken(token, 2**31)

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return self._token


def asked(client: DataverseClient, method: str, path: str, body: Any = None, expected: tuple[int, ...] = (200,)) -> Any:
    """What the client has no call for, sent as it sends all it has."""
    odata = client._get_odata()
    given = {} if body is None else {"json": body}
    return odata._request(method, f"{odata.api}/{path}", expected=expected, **given)


def executed(query: QueryBuilder) -> QueryResult:
    found = query.execute()
    assert isinstance(found, QueryResult)
    return found
