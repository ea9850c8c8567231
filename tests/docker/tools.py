"""What Docker has, as its own command line tells it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def docker(*words: str) -> str:
    """What `docker words…` writes."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def of_labs() -> set[str]:
    """Containers made from this clone, and labs' networks that no container needs: others may use the engine too."""
    ours = f"label=com.docker.compose.project.config_files={ROOT / 'docker-compose.yml'}"
    project = '{{.Label "com.docker.compose.project"}}'
    containers = docker("ps", "-a", "--filter", ours, "--format", "container {{.Names}}").splitlines()
    networks = docker("network", "ls", "--filter", "name=^labkit-", "--format", project).splitlines()
    needed = docker("ps", "-a", "--format", project).splitlines()
    return {*containers, *(f"network of {name}" for name in {*networks} - {*needed})}


def of_project(name: str) -> list[str]:
    """Ids of all that Docker has of one project."""
    label = f"label=com.docker.compose.project={name}"
    return [*docker("ps", "-aq", "--filter", label).split(), *docker("network", "ls", "-q", "--filter", label).split()]


def lost_volumes() -> set[str]:
    """Volumes that no container uses."""
    return {f"volume {name}" for name in docker("volume", "ls", "-q", "--filter", "dangling=true").splitlines()}


def volumes(container: str) -> set[str]:
    """The names of a container's volumes."""
    return set(docker("inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}", container).split())


def compose(*words: str, limit: float = 60, **env: str) -> str:
    """`docker compose words…` by hand in the clone, with no setting but those of CI for a build, and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "LABKIT_"))}
    build = {name: value for name, value in os.environ.items() if name in ("LABKIT_BASE", "LABKIT_BUILD_NETWORK")}
    done = subprocess.run(
        ["docker", "compose", *words], cwd=ROOT, env=kept | build | env, capture_output=True, text=True, timeout=limit
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
