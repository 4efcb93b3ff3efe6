"""The containers' files say what the code does: commands, variables, paths and ports exist on both sides."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from catalogue.database.cluster_making import EXTENSIONS
from cli.main import build
from tests.commands import refusal

ROOT = Path(__file__).parent.parent
PACKAGES = ("catalogue", "loaders", "plugins", "server", "cli")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
#: Read by the images' own programs, not by ours.
FOREIGN_VARIABLES = {"SERVER_PASSWORD", 
    "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS", "PATH", "PYTHONUNBUFFERED",
}  # fmt: skip
SERVICES = [name for name, service in COMPOSE["services"].items() if service["image"] == "kartlagd"]


def instructions(name: str) -> list[str]:
    """The Dockerfile's instructions of one name, each on one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [line.split(None, 1)[1] for line in text.splitlines() if line.startswith(f"{name} ")]


def image_environment() -> dict[str, str]:
    return dict(word.split("=", 1) for line in instructions("ENV") for word in shlex.split(line))


def source_code() -> str:
    return "\n".join(path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_a_command_that_exists(service: str) -> None:
    assert refusal(COMPOSE["services"][service]["command"]) is None


def test_the_images_own_command_exists() -> None:
    assert json.loads(instructions("ENTRYPOINT")[-1]) == ["kartlagd"]
    assert refusal(json.loads(instructions("CMD")[-1])) is None


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert refusal(["db", "migrat"]) is not None
    assert refusal(["load", "--al"]) is not None


def test_every_command_of_the_demo_exists() -> None:
    demo = (ROOT / "scripts" / "demo").read_text()
    used = re.findall(r'"\$kartlagd" ([^|;>&\n]+)', demo)
    assert len(used) >= 6
    for command in used:
        assert refusal(shlex.split(command.replace('"$port"', "8000"))) is None, command


def test_every_variable_is_one_that_is_read() -> None:
    code = source_code()
    given = set(image_environment()) | {name for s in COMPOSE["services"].values() for name in s.get("environment", {})}
    for name in given - FOREIGN_VARIABLES:
        assert re.search(rf"""["']{name}["']""", code), f"{name} is set but never read"


def test_every_path_that_is_copied_or_mounted_exists() -> None:
    for line in instructions("COPY"):
        if not line.startswith("--from"):
            for source in line.split()[:-1]:
                assert (ROOT / source).exists(), source
    for service in COMPOSE["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume


def test_what_is_copied_is_not_ignored() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = {source for line in instructions("COPY") if not line.startswith("--from") for source in line.split()[:-1]}
    assert copied == set(allowed)
    assert not any(fnmatch.fnmatch(secret, pattern) for secret in (".env", ".kartlagd") for pattern in allowed)


def test_the_mounts_are_where_the_code_looks() -> None:
    environment = image_environment()
    home = environment["KARTLAGD_HOME"]
    read = {f"{home}/collections", f"{home}/config", environment["KARTLAGD_DOWNLOADS"]}
    for name in SERVICES:
        targets = {volume.split(":")[1] for volume in COMPOSE["services"][name]["volumes"]}
        # The server sees neither the sources nor the private data, and writes nowhere.
        written = set() if name == "server" else {f"{home}/samples", environment["KARTLAGD_DATA"]}
        assert read | written == targets
    assert all(volume.endswith(":ro") for volume in COMPOSE["services"]["server"]["volumes"])


def test_the_loader_leaves_nothing_in_the_background_of_its_container() -> None:
    command = COMPOSE["services"]["loader"]["command"]
    assert command[command.index("--finish") + 1] == "now"


def test_the_ports_are_the_servers() -> None:
    port = image_environment()["PORT"]
    group = build()
    serve = group.get_command(click.Context(group), "serve")
    assert serve is not None
    (option,) = [parameter for parameter in serve.params if parameter.name == "port"]
    assert str(option.default) == port
    assert instructions("EXPOSE") == [port]
    (published,) = COMPOSE["services"]["server"]["ports"]
    assert published.startswith("127.0.0.1:") and published.endswith(f":{port}")


def test_the_health_check_asks_for_a_route_of_the_server() -> None:
    (check,) = instructions("HEALTHCHECK")
    assert "/health" in check
    assert '"/health"' in source_code()


def test_the_image_runs_unprivileged_from_the_lock() -> None:
    assert instructions("USER")[-1] not in ("root", "0")
    installed = [line for line in instructions("RUN") if "requirements" in line]
    assert installed and all("--require-hashes" in line and "requirements.lock" in line for line in installed)
    for name in SERVICES:
        service = COMPOSE["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]


def test_the_database_is_pinned_kept_inside_and_has_the_extensions() -> None:
    postgis = COMPOSE["services"]["postgis"]
    assert re.fullmatch(r"postgis/postgis:\d+-\d+\.\d+", postgis["image"])
    assert "ports" not in postgis
    statements = re.findall(r"CREATE EXTENSION IF NOT EXISTS (\w+);", (ROOT / "config/extensions.sql").read_text())
    assert tuple(statements) == EXTENSIONS


def test_services_start_in_an_order_that_can_be_met() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert services[needed].get("healthcheck") or services[needed]["image"] == "kartlagd"
            else:
                assert services[needed].get("restart", "no") == "no", f"{needed} would never complete"
