"""Where Temporal and its Web UI are: as configured, else the embedded server of this state folder if one runs."""

from leadflow.dev.temporal_files import ServerFiles
from leadflow.settings import Settings


def server_address(configured: Settings) -> str | None:
    """Where Temporal listens."""
    if configured.temporal_address:
        return configured.temporal_address
    running = ServerFiles(configured.state_dir).published()
    return running.address if running else None


def run_url(configured: Settings, workflow_id: str) -> str | None:
    """The page of a lead's run in the Web UI."""
    base = _ui_url(configured)
    return f"{base}/namespaces/{configured.temporal_namespace}/workflows/{workflow_id}" if base else None


def _ui_url(configured: Settings) -> str | None:
    if configured.ui_url:
        return configured.ui_url.rstrip("/")
    running = ServerFiles(configured.state_dir).published()
    return running.ui_url if running else None
