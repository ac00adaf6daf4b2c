"""All that the Web API can do: by the shape of what is addressed, then by method, the function that answers.

The shapes are those of `shapes`: `set`, `record`, `property`, `collection one ref`, `bound QualifyLead`,
`unbound WhoAmI`. Each module lists its own; `planning` lists all that write.
"""

from collections.abc import Awaitable, Callable

from leadflow.dataverse import definitions, planning, reading, service
from leadflow.dataverse.call import Answer, Call

Handler = Callable[[Call], Awaitable[Answer]]

ROUTES: dict[str, dict[str, Handler]] = {}
for module in (service, definitions, reading, planning):
    for shape, methods in module.ROUTES.items():
        ROUTES.setdefault(shape, {}).update(methods)
