"""The jars that ZooKeeper runs from: fetched once, checked against a lock, remembered.

``$ZOOKEEPER_HOME`` wins if it is set. Else the jars named in ``jars.lock`` lie in a folder of the cache that appears
there only complete and checked; they come from the folder ``offline`` of an unpacked archive where there is one, else
from the network. A system's ZooKeeper serves when they cannot be fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from labkit.errors import LabError
from labkit.offline import JARS
from labkit.zookeeper import fetch

LOCK = Path(__file__).with_name("jars.lock")
LOGBACK = Path(__file__).with_name("logback.xml")
INDEX = "index"  # in the folder: size and name of each jar, in the order of the class path
DEBIAN = Path("/usr/share/java")
DEBIAN_JARS = ("zookeeper.jar", "slf4j-api.jar", "slf4j-log4j12.jar", "log4j-1.2.jar")

Say = Callable[[str], None]


def classpath(say: Say = lambda line: None) -> str:
    """The class path of ZooKeeper; the first call on a machine fetches the jars and tells `say` how it goes.

    Raises:
        LabError: the jars are not there and cannot be fetched, or one is not what the lock says.
    """
    if there := found():
        return there
    try:
        return _join(own(say))
    except LabError:
        if not (DEBIAN / "zookeeper.jar").is_file():
            raise
        return _join([DEBIAN / name for name in DEBIAN_JARS if (DEBIAN / name).is_file()])


def found() -> str | None:
    """The class path if nothing has to be fetched for it, else None.

    Raises:
        LabError: ``$ZOOKEEPER_HOME`` is set and holds no ZooKeeper.
    """
    if home := os.environ.get("ZOOKEEPER_HOME"):
        return _join(_installed(Path(home)))
    jars = _remembered(_place())
    return _join(jars) if jars else None


def own(say: Say = lambda line: None) -> list[Path]:
    """The jars of the lock, in the cache, wherever a ZooKeeper of the system may be; LabError as for `classpath`."""
    folder = _place()
    if not _remembered(folder):
        _fetch(folder, say)
    return _remembered(folder) or []


def cache() -> Path:
    """The folder for what can be fetched or made again: ``$XDG_CACHE_HOME/labkit``, else ``~/.cache/labkit``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "labkit"


def locked() -> dict[str, str]:
    """The lock: ``group:artifact:version`` to sha256, in the order of the class path."""
    lines = (line.split() for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {words[0]: words[1] for words in lines if words}


def _place() -> Path:
    return cache() / f"jars-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"


def _join(jars: list[Path]) -> str:
    return os.pathsep.join(map(str, jars))


def _installed(home: Path) -> list[Path]:
    jars = sorted(home.glob("lib/*.jar")) + sorted(home.glob("*.jar"))
    if not any(jar.name.startswith("zookeeper-") for jar in jars):
        raise LabError(
            f"ZOOKEEPER_HOME is {str(home)!r}, but there is no lib/zookeeper-<version>.jar in it. Set it to the "
            f"folder of an unpacked ZooKeeper, or unset it: then the lab fetches its own."
        )
    return jars


def _remembered(folder: Path) -> list[Path] | None:
    """The jars of a published folder, if each is there with the size that it was checked with."""
    try:
        rows = [line.split(" ", 1) for line in (folder / INDEX).read_text(encoding="utf-8").splitlines()]
        good = rows and all((folder / name).stat().st_size == int(size) for size, name in rows)
    except (OSError, ValueError):
        return None
    return [folder / name for _, name in rows] if good else None


def _fetch(folder: Path, say: Say) -> None:
    """Fetch into a folder of this process, check all, and put it in its place at once."""
    staging = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        _sweep(folder)
        staging.mkdir(parents=True)
        if missing := [name for name, sha256 in locked().items() if not _packed(name, sha256, staging)]:
            fetch.jars(missing, staging, say)
        rows = [_checked(staging / fetch.filename(name), name, sha256) for name, sha256 in locked().items()]
        (staging / INDEX).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        _publish(staging, folder)
    except OSError as problem:
        raise LabError(
            f"Cannot keep ZooKeeper's jars in {str(folder)!r}: {problem.strerror}. Make room there, or set "
            f"XDG_CACHE_HOME to a folder that can be written."
        ) from problem
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _packed(name: str, sha256: str, folder: Path) -> bool:
    """Take a jar from the archive that this clone was unpacked from, if it is there and is the locked one."""
    jar = JARS / fetch.filename(name)
    if good := jar.is_file() and hashlib.sha256(jar.read_bytes()).hexdigest() == sha256:
        shutil.copyfile(jar, folder / jar.name)
    return good


def _checked(jar: Path, name: str, sha256: str) -> str:
    data = jar.read_bytes()
    if (got := hashlib.sha256(data).hexdigest()) != sha256:
        raise LabError(
            f"{name} is not what the lab was made with: sha256 {got} was fetched, {sha256} was expected. "
            f"Nothing of it was kept. Start again; if it stays so, something on the way to this machine changes files."
        )
    return f"{len(data)} {jar.name}"


def _publish(staging: Path, folder: Path) -> None:
    """Rename into place; a damaged folder gives way, a good one that another process put there stays."""
    if folder.exists() and not _remembered(folder):
        shutil.rmtree(folder.rename(folder.with_name(f"{staging.name}.old")))
    try:
        staging.rename(folder)
    except OSError:
        if not _remembered(folder):
            raise


def _sweep(folder: Path) -> None:
    """Remove what processes that no longer live left behind."""
    for left in folder.parent.glob(f"{folder.name}.*"):
        pid = left.name.removeprefix(f"{folder.name}.").split(".")[0]
        if pid.isdigit() and (int(pid) == os.getpid() or not _lives(int(pid))):
            shutil.rmtree(left, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
