"""Connecting to Temporal: one way for the worker, the command line and the programs of an integrator."""

from dataclasses import replace

from temporalio.client import Client
from temporalio.common import MetricMeter
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import GrpcCompression, RPCError

from crm.errors import Unavailable
from leadflow.settings import Settings

LOCAL = ("127.0.0.1:", "localhost:")
_PYDANTIC = PydanticPayloadConverter()


class SharedConverter(PydanticPayloadConverter):
    """pydantic's converter, with one memory of types for the whole process.

    The SDK makes a new converter for every workflow task; pydantic's own would learn every type anew each time.
    """

    def __init__(self) -> None:
        self.converters = _PYDANTIC.converters


DATA_CONVERTER = replace(pydantic_data_converter, payload_converter_class=SharedConverter)


async def connect(settings: Settings, address: str | None = None, runtime: Runtime | None = None) -> Client:
    """A client for the configured server (TLS, API key and profile as Temporal's own environment variables say).

    Raises Unavailable, naming the address, when nobody answers there.
    """
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = address or settings.temporal_address or config.get("target_host") or "127.0.0.1:7233"
    config["namespace"] = settings.temporal_namespace
    # On one machine compression costs more than it saves.
    compression = GrpcCompression.NONE if config["target_host"].startswith(LOCAL) else GrpcCompression.GZIP
    try:
        return await Client.connect(
            **config, data_converter=DATA_CONVERTER, runtime=runtime, grpc_compression=compression
        )
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


def metric_meter(client: Client) -> MetricMeter:
    """What adds metrics to those that the client's runtime serves."""
    return (client.service_client.config.runtime or Runtime.default()).metric_meter
