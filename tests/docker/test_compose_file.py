"""docker-compose.yml says what the lab says elsewhere, and serves by hand."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from labkit import Lab
from labkit.ports import free_port
from labkit.zookeeper import engine, ensemble, java, local
from tests.docker.tools import ROOT, compose, volumes

pytestmark = pytest.mark.docker


def services(*options: str) -> dict[str, Any]:
    return dict(json.loads(compose(*options, "config", "--format", "json"))["services"])


def servers() -> dict[str, dict[str, Any]]:
    return {**services(), **services("--profile", "ensemble")}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], {"zookeeper"}),
        (["--profile", "ensemble"], {"zookeeper-1", "zookeeper-2", "zookeeper-3"}),
        (["--profile", "lab"], {"zookeeper", "lab"}),
    ],
)
def test_each_profile_has_its_services_and_all_listen_on_this_machine_only(options: list[str], names: set[str]) -> None:
    found = services(*options)
    assert set(found) == names
    ports = [port for service in found.values() for port in service["ports"]]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    assert len({port["published"] for port in ports}) == len(names)


def test_the_settings_are_those_of_the_embedded_servers() -> None:
    for service in servers().values():
        env = service["environment"]
        assert int(env["ZOO_TICK_TIME"]) == ensemble.TICK * 1000
        assert env["ZOO_4LW_COMMANDS_WHITELIST"] == ensemble.WORDS
        assert (int(env["ZOO_INIT_LIMIT"]), int(env["ZOO_SYNC_LIMIT"])) == (local.INIT_LIMIT, local.SYNC_LIMIT)
        sessions = f"minSessionTimeout={ensemble.SHORTEST * 1000:.0f} maxSessionTimeout={ensemble.LONGEST * 1000:.0f}"
        assert env["ZOO_CFG_EXTRA"] == sessions
        assert tuple(env["JVMFLAGS"].split()[: len(java.JVM_FLAGS)]) == java.JVM_FLAGS
        assert (env["ZOO_MAX_CLIENT_CNXNS"], env["ZOO_ADMINSERVER_ENABLED"]) == ("0", "false")


def test_the_versions_are_those_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (version,) = re.findall(r"org\.apache\.zookeeper:zookeeper:(\S+)", " ".join(project["tool"]["labkit"]["zookeeper"]))
    assert {service["image"] for service in servers().values()} == {f"zookeeper:{version}"}
    assert f"Compose {engine.OLDEST} or newer" in (ROOT / "README.md").read_text()
    oldest = project["project"]["requires-python"].removeprefix(">=")
    assert services("--profile", "lab")["lab"]["build"]["args"]["BASE"] == f"python:{oldest}-slim"


def test_a_users_own_compose_settings_do_not_reach_the_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_PROFILES", "ensemble")
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "mine")
    monkeypatch.setenv("COMPOSE_FILE", "/nowhere.yml")
    monkeypatch.setenv("LABKIT_ZK_PORT", "1")
    with Lab(zookeeper="docker") as lab:
        assert len(lab.servers) == 1
        assert lab.hosts.startswith(f"127.0.0.1:{lab.servers[0].port}/")


@pytest.fixture
def by_hand() -> Iterator[int]:
    """`docker compose up` by hand; its port."""
    port = free_port()
    project = ["-p", f"labkit-hand-{port}"]
    try:
        compose(*project, "up", "--wait", "--detach", LABKIT_ZK_PORT=str(port))
        yield port
    finally:
        compose(*project, "down", "--volumes", "--timeout", "0")


def test_a_server_that_was_started_by_hand_serves_a_lab(by_hand: int) -> None:
    assert len(volumes(f"labkit-hand-{by_hand}-zookeeper-1")) == 3
    with Lab(era="0.7", zookeeper=f"127.0.0.1:{by_hand}") as lab:
        lab.start_broker(1)
        assert lab.ensemble.notices == []
        assert lab.session_timeout == 2.0
