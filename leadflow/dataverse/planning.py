"""All the writes that the Web API knows: by the shape of what is addressed, then by method, the function that plans.

A write by itself is planned and carried out at once (`ROUTES`); a change set plans all of its writes first.
"""

from functools import partial

from leadflow.dataverse import actions, bulk, linking, writing
from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.plans import Planner, execute

PLANNERS: dict[str, dict[str, Planner]] = {}
for module in (writing, linking, bulk, actions):
    for shape, methods in module.PLANNERS.items():
        PLANNERS.setdefault(shape, {}).update(methods)


async def _plan_and_execute(planner: Planner, call: Call) -> Answer:
    return await execute(call, await planner(call))


ROUTES = {
    shape: {method: partial(_plan_and_execute, planner) for method, planner in methods.items()}
    for shape, methods in PLANNERS.items()
}
