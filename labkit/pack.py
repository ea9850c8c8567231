"""One archive of the course and all that it needs, for machines of this kind that have no network: `./lab pack`.

It holds a folder with the clone (all but what .gitignore names) and, in ``offline``, what `labkit.offline` tells of.
"""

from __future__ import annotations

import fnmatch
import os
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit import offline, wheels
from labkit.errors import LabError
from labkit.zookeeper import jars

SUFFIXES = (".tar.gz", ".tgz")
FASTEST = 1  # wheels and jars are compressed already

Say = Callable[[str], None]


def pack(target: Path | None, tests: bool, say: Say = print) -> Path:
    """Make the archive and return where it is; with `tests` it holds what `./lab test` needs, too.

    `target` is a file that is not there yet; None stands for ``labkit-<version>-<kind>.tar.gz`` in the working folder.

    Raises:
        LabError: the archive cannot be written there, this is no clone, or something cannot be fetched.
    """
    lock = _lock(tests)
    target = _checked(target or Path(f"{_name()}-{offline.kind().replace(' ', '-')}.tar.gz"))
    with tempfile.TemporaryDirectory(prefix="labkit-pack-") as scratch:
        holds = Path(scratch) / "holds"
        holds.write_text(f"{'test' if tests else 'base'}\n{offline.python()}\n{offline.kind()}\n", encoding="utf-8")
        fetched = wheels.fetch(lock, Path(scratch), say)
        contents = _contents(holds, fetched, jars.own(say))
        say(f"writing {target}: {len(contents)} files")
        _write(target, contents)
    return target


def course(clone: Path) -> Iterator[Path]:
    """The files of a clone, all but those that its .gitignore names (it has plain patterns only)."""
    lines = (clone / ".gitignore").read_text(encoding="utf-8").split()
    patterns = [".git", *(line.rstrip("/") for line in lines)]

    def wanted(path: Path) -> bool:
        rooted = f"/{path.relative_to(clone).as_posix()}"
        return not any(fnmatch.fnmatch(rooted if "/" in p else path.name, p) for p in patterns)

    for folder, folders, files in os.walk(clone):
        folders[:] = sorted(name for name in folders if wanted(Path(folder, name)))
        yield from filter(wanted, (Path(folder, name) for name in sorted(files)))


def _lock(tests: bool) -> Path:
    lock = offline.CLONE / ("requirements-test.lock" if tests else "requirements.lock")
    if not (offline.CLONE / "lab").is_file() or not lock.is_file():
        raise LabError(f"{str(offline.CLONE)!r} is not a clone of the course: get one, and run `./lab pack` in it.")
    return lock


def _name() -> str:
    """The archive's folder, such as "labkit-0.1.0"."""
    project = tomllib.loads((offline.CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name']}-{project['version']}"


def _checked(target: Path) -> Path:
    """The target as a full path, if an archive can be made there."""
    if target.is_dir():
        raise LabError(f"{str(target)!r} is a folder: name a file in it, such as '{target / f'{_name()}.tar.gz'}'.")
    if not target.name.endswith(SUFFIXES):
        raise LabError(f"{str(target)!r} would be a gzipped tar: give it a name that ends in .tar.gz or .tgz.")
    if target.exists():
        raise LabError(f"{str(target)!r} is there already and stays as it is: remove it, or name another file.")
    folder = target.absolute().parent
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        raise LabError(f"Cannot write in {str(folder)!r} ({e.strerror}): name a file in a folder of yours.") from e
    return target.absolute()


def _contents(holds: Path, fetched: list[Path], zookeeper: list[Path]) -> dict[str, Path]:
    """What the archive holds: the name inside, and the file that goes there."""
    files = {path.relative_to(offline.CLONE).as_posix(): path for path in course(offline.CLONE)}
    files |= {"offline/holds": holds}
    files |= {f"offline/wheels/{path.name}": path for path in fetched}
    return files | {f"offline/jars/{path.name}": path for path in zookeeper}


def _write(target: Path, contents: dict[str, Path]) -> None:
    """Write under another name, then rename: an archive is whole or is not there."""
    part, name = target.with_name(f".{target.name}.{os.getpid()}"), _name()
    try:
        with tarfile.open(part, "x:gz", compresslevel=FASTEST) as archive:
            for inside, path in contents.items():
                archive.add(path, f"{name}/{inside}", recursive=False, filter=_anybodys)
        part.rename(target)
    except OSError as problem:
        raise LabError(
            f"Cannot write {str(target)!r}: {problem.strerror}. Make room there (it takes about 100 MB, with the "
            f"tests 200 MB), or name another file. Nothing was kept."
        ) from problem
    finally:
        part.unlink(missing_ok=True)


def _anybodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the name of who packed it, and not read-only because the clone was."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode |= 0o644
    return member
