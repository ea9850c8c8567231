"""A server that starts in half the time: its classes, parsed once, in an archive beside the environment.

The archive is made by ./lab from one trial start. It belongs to one Java and one class path; where there is none that
fits, or Java finds it wanting, a server starts without it, only slower.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from labkit.errors import LabError
from labkit.zookeeper import jars, properties
from labkit.zookeeper.java import java, jvm_flags

MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
TIME_LIMIT = 20.0


def flags(program: Path, class_path: str) -> list[str]:
    """The flags that use the archive of this Java and class path; none if there is no archive."""
    archive = _archive(program, class_path)
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:disable"] if archive.is_file() else []


def make(program: Path, class_path: str) -> bool:
    """Make that archive, unless it is there; False if this Java cannot."""
    archive = _archive(program, class_path)
    if archive.is_file():
        return True
    try:
        with tempfile.TemporaryDirectory() as folder:
            classes = Path(folder) / "classes"
            _trial(program, class_path, classes)
            part = archive.with_name(f"{archive.name}.{os.getpid()}")
            dump = ["-Xshare:dump", f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={part}"]
            _run([str(program), *jvm_flags(program), *dump, "-cp", class_path])
            part.replace(archive)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _archive(program: Path, class_path: str) -> Path:
    try:
        release = (program.resolve().parent.parent / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        release = ""
    key = hashlib.sha256(f"{program}\n{release}\n{class_path}".encode()).hexdigest()[:12]
    return Path(sys.prefix) / f"zookeeper-{key}.jsa"


def _trial(program: Path, class_path: str, classes: Path) -> None:
    """Start a server, ask it one thing, end it; Java then writes down which classes that took."""
    config = classes.with_name("zoo.cfg")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config.write_text(
        properties.text(
            {
                "dataDir": classes.parent / "data",
                "clientPort": port,
                "clientPortAddress": "127.0.0.1",
                "admin.enableServer": "false",
                "4lw.commands.whitelist": "srvr",
            }
        )
    )
    settings = [f"-XX:DumpLoadedClassList={classes}", f"-Dlogback.configurationFile={jars.LOGBACK}"]
    command = [str(program), *jvm_flags(program), *settings, "-cp", class_path, MAIN, str(config)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _ask(server, port)
        finally:
            server.terminate()


def _ask(server: subprocess.Popen[bytes], port: int) -> None:
    """Ask `srvr` until the server serves, at most TIME_LIMIT seconds."""
    for _ in range(round(TIME_LIMIT / 0.05)):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.sendall(b"srvr")
                if b"Mode" in link.makefile("rb").read():
                    return
        except OSError:
            pass
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise subprocess.SubprocessError("the trial server ended by itself")


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=TIME_LIMIT * 3)


def main() -> int:
    """What ./lab runs: the jars, then the archive, telling how it goes; 0 if the jars are here."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the trial server ends too
    try:
        class_path = jars.classpath(say=lambda line: print(line, flush=True))
        print("preparing ZooKeeper (once, some seconds)", flush=True)
        make(java(), class_path)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
