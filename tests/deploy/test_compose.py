"""docker-compose.yml is valid, and everything that it refers to exists. No container engine is needed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadflow.settings import Settings, variable_of

Services = dict[str, dict[str, Any]]

# ${NAME}, ${NAME:-default} and ${NAME:?message}, but not $$NAME, which the container's own shell reads.
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?:(?P<kind>:[-?])(?P<rest>[^}]*))?\}")


def resolve(text: str, **values: str) -> str:
    """The text as compose reads it when only `values` are set."""
    return VARIABLE.sub(lambda match: values.get(match["name"]) or (match["rest"] or ""), text)


def mounts(services: Services) -> Iterator[tuple[str, str]]:
    """Each mounted thing: the service's name and what is mounted."""
    for name, service in services.items():
        for volume in service.get("volumes", ()):
            yield name, resolve(str(volume)).split(":", 1)[0]


def is_job(service: dict[str, Any]) -> bool:
    return str(service.get("restart", "")).startswith("on-failure")


def test_it_follows_the_compose_specification(root: Path) -> None:
    command = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(root / "docker-compose.yml")]
    check = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_the_parts_of_the_system_are_there(services: Services) -> None:
    jobs = {name for name, service in services.items() if is_job(service)}
    assert jobs == {"temporal-schema", "temporal-namespace", "leadflow-migrate"}
    assert set(services) - jobs == {"postgresql", "temporal-postgresql", "temporal", "temporal-ui", "worker", "api"}


def test_each_dependency_exists_and_can_meet_its_condition(services: Services) -> None:
    for name, service in services.items():
        for target, wanted in service.get("depends_on", {}).items():
            assert target in services, f"{name} depends on {target}"
            if wanted["condition"] == "service_healthy":
                assert "test" in services[target]["healthcheck"], f"{target} has no health check"
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert is_job(services[target]), f"{target} never ends"


def test_dependencies_have_no_circle(services: Services) -> None:
    done: set[str] = set()
    while ready := {
        name
        for name, service in services.items()
        if name not in done and done.issuperset(service.get("depends_on", {}))
    }:
        done |= ready
    assert done == set(services)


def test_mounted_files_exist_and_volumes_are_declared(root: Path, compose: dict[str, Any], services: Services) -> None:
    named = set()
    for service, source in mounts(services):
        if source.startswith("./"):
            assert (root / source).exists(), f"{service} mounts {source}"
        elif source != "/dev/null":
            named.add(source)
    assert named == set(compose["volumes"])


def test_images_are_pinned(services: Services) -> None:
    for name, service in services.items():
        if "build" not in service:
            assert re.fullmatch(r"[\w./-]+:\d+\.\d+[\w.-]*", service["image"]), f"{name} uses {service['image']}"


def test_the_jobs_match_the_temporal_servers_release(services: Services) -> None:
    release = services["temporal"]["image"].split(":")[1]
    for job in ("temporal-schema", "temporal-namespace"):
        assert services[job]["image"] == f"temporalio/admin-tools:{release}"


def test_published_ports_are_valid_distinct_and_only_local(services: Services) -> None:
    published = [resolve(str(port)) for service in services.values() for port in service.get("ports", ())]
    parts = [port.split(":") for port in published]
    assert all(address == "127.0.0.1" for address, _, _ in parts)
    assert all(1 <= int(number) <= 65535 for _, *numbers in parts for number in numbers)
    assert len({host for _, host, _ in parts}) == len(parts)


def test_the_worker_can_be_scaled(services: Services) -> None:
    assert not {"container_name", "ports", "hostname"} & set(services["worker"])


def test_each_variable_is_explained(root: Path, compose_text: str) -> None:
    explained = set(re.findall(r"^#?([A-Z_]+)=", (root / ".env.example").read_text(), re.MULTILINE))
    used = {match["name"] for match in VARIABLE.finditer(compose_text)}
    settings = {variable_of(name) for name in Settings.model_fields}
    assert used - explained == set()
    assert settings - explained == set()
    assert explained - used - settings == set()


def test_the_examples_defaults_are_the_real_ones(root: Path) -> None:
    shown = dict(re.findall(r"^#(LEADFLOW_\w+)=(.*)$", (root / ".env.example").read_text(), re.MULTILINE))
    defaults = {variable_of(name): value for name, value in Settings.model_construct().model_dump().items()}
    defaults["LEADFLOW_DATABASE_URL"] = "sqlite:///.leadflow/leadflow.db"
    real = {name: "" if value is None else str(value) for name, value in defaults.items()}
    assert {name: value.lower() for name, value in shown.items()} == {
        name: value.lower() for name, value in real.items()
    }


def test_passwords_have_no_default(compose_text: str) -> None:
    passwords = [match for match in VARIABLE.finditer(compose_text) if match["name"].endswith("PASSWORD")]
    assert len(passwords) >= 4
    assert all(match["kind"] == ":?" for match in passwords)


@pytest.mark.parametrize("service", ["leadflow-migrate", "worker", "api"])
def test_leadflow_accepts_the_containers_environment(
    service: str, services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in services[service]["environment"].items():
        monkeypatch.setenv(name, resolve(str(value), POSTGRES_PASSWORD="p"))
    settings = Settings()
    assert settings.temporal_address == "temporal:7233"
    assert settings.database_url.startswith("postgresql+psycopg://")
    unknown = {name for name in services[service]["environment"] if name.startswith("LEADFLOW_")} - {
        variable_of(name) for name in Settings.model_fields
    }
    assert unknown == set()


def test_each_host_is_a_service(compose_text: str, services: Services) -> None:
    hosts = set(re.findall(r"(?:@|: )([a-z][a-z-]*):(?:5432|7233)\b", compose_text))
    hosts |= {
        str(service["environment"][key])
        for service in services.values()
        for key in ("POSTGRES_HOST", "POSTGRES_SEEDS")
        if key in service.get("environment", {})
    }
    assert hosts == {"postgresql", "temporal", "temporal-postgresql"}
