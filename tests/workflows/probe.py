"""A workflow that says which modules it sees in the sandbox."""

import sys

from temporalio import workflow

OURS = ("crm", "rules", "activities", "workflows", "leadflow")


@workflow.defn
class ImportProbe:
    @workflow.run
    async def run(self) -> dict[str, int]:
        """Each of our modules by name, with the identity of the module object."""
        import workflows.lead_lifecycle

        assert workflows.lead_lifecycle.__name__ in sys.modules
        return {name: id(module) for name, module in sys.modules.items() if name.split(".")[0] in OURS}
