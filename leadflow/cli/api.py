"""leadflow api: the Web API alone, beside workers that run elsewhere."""

from functools import partial

import uvloop

from leadflow.addresses import server_address
from leadflow.api.service import following_api
from leadflow.api.serving import listen
from leadflow.cli import session
from leadflow.cli.running import log_to_stderr, run_until_told
from leadflow.worker import open_dependencies


def api() -> None:
    """Run the Web API against the configured Temporal server and database, until SIGINT or SIGTERM."""
    log_to_stderr()
    configured = session.settings()
    with session.store(configured) as database, listen(configured.api_address) as listener:
        deps = open_dependencies(configured, database)
        parts = (partial(following_api, listener=listener),)
        uvloop.run(run_until_told(configured, server_address(configured), deps, parts))
