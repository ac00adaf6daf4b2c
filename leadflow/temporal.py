"""Connecting to Temporal: one way for the worker, the command line and the programs of an integrator."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError

from crm.errors import Unavailable
from leadflow.settings import Settings


async def connect(settings: Settings, address: str | None = None, runtime: Runtime | None = None) -> Client:
    """A client for the configured server (TLS, API key and profile as Temporal's own environment variables say).

    Raises Unavailable, naming the address, when nobody answers there.
    """
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = address or settings.temporal_address or config.get("target_host") or "127.0.0.1:7233"
    config["namespace"] = settings.temporal_namespace
    try:
        return await Client.connect(**config, data_converter=pydantic_data_converter, runtime=runtime)
    except (RPCError, RuntimeError, OSError) as error:
        raise Unavailable(
            f"Temporal does not answer at {config['target_host']}. Start it with 'leadflow up', or set "
            "LEADFLOW_TEMPORAL_ADDRESS."
        ) from error


def metrics_runtime(settings: Settings) -> Runtime | None:
    """A runtime that serves Prometheus metrics at `metrics_address`, if one is configured."""
    if settings.metrics_address is None:
        return None
    metrics = PrometheusConfig(
        bind_address=settings.metrics_address, durations_as_seconds=True, counters_total_suffix=True
    )
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))
