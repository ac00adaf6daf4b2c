"""From the file of sinks, and the secrets in the environment, to sinks that deliver."""

from functools import partial
from pathlib import Path

from activities.publishing import Sink
from crm.store.database import Database
from leadflow.addresses import run_url
from leadflow.config_files import secret, webhook_of
from leadflow.settings import Settings
from leadflow.sinks.config import EmailConfig, LogConfig, WebhookConfig, read_sinks
from leadflow.sinks.email import EmailSink, Login
from leadflow.sinks.log import LogSink
from leadflow.sinks.webhook import WebhookSink


def open_sinks(settings: Settings, database: Database) -> tuple[Sink, ...]:
    """The configured sinks, in the order of the file; none without a file. Raises Misconfigured."""
    file = settings.sinks_file
    if file is None:
        return ()
    return tuple(_open(file, name, config.kind, settings, database) for name, config in read_sinks(file).items())


def _open(
    file: Path, name: str, config: WebhookConfig | EmailConfig | LogConfig, settings: Settings, database: Database
) -> Sink:
    match config:
        case WebhookConfig():
            return WebhookSink(name, config, webhook_of(f"{file}: {name}.webhook.secret_env", config.secret_env))
        case EmailConfig():
            login = _login(f"{file}: {name}.email", config)
            return EmailSink(name, config, login, database, partial(run_url, settings))
        case LogConfig():
            return LogSink(name, config)


def _login(place: str, config: EmailConfig) -> Login | None:
    if config.username_env is None or config.password_env is None:
        return None
    username = secret(f"{place}.username_env", config.username_env)
    return Login(username, secret(f"{place}.password_env", config.password_env))
