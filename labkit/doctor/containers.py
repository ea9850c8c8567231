"""Docker as a lab would use it: the daemon, Compose, and containers that labs left behind."""

from __future__ import annotations

import shutil

from labkit.doctor.finding import Case, Finding
from labkit.errors import LabError
from labkit.zookeeper import engine

PROJECT = "labkit-"  # how the Compose projects of labs begin
LABEL = "com.docker.compose.project"


def docker(case: Case) -> list[Finding]:
    """Whether there is a daemon, and whether it answers."""
    needs = case.place == "docker"
    if not shutil.which("docker"):
        return [Finding("Docker", 'not installed; only Lab(zookeeper="docker") needs it', "install Docker", needs)]
    try:
        return [Finding("Docker", case.ask(["docker", "version", "--format", "{{.Server.Version}}"]))]
    except LabError as problem:
        do = "start the Docker daemon, or Docker Desktop"
        if "permission denied" in str(problem):
            do = "have this user added to the group docker, then log in again"
        return [Finding("Docker", str(problem), do, needs)]


def compose(case: Case) -> list[Finding]:
    """Whether Compose is new enough; it answers without the daemon."""
    if not shutil.which("docker"):
        return []
    do = f"install the plugin Compose, version {engine.OLDEST} or newer"
    try:
        version = case.ask(["docker", "compose", "version", "--short"])
    except LabError as problem:
        return [Finding("Compose", str(problem), do, case.place == "docker")]
    if engine.numbers(version) < engine.numbers(engine.OLDEST):
        return [Finding("Compose", f"{version} is too old", do, case.place == "docker")]
    return [Finding("Compose", version)]


def left_over(case: Case) -> list[Finding]:
    """Containers of labs, by their Compose project; nothing if Docker does not answer."""
    if not shutil.which("docker"):
        return []
    row = '{{.Label "' + LABEL + '"}}'
    try:
        projects = case.ask(["docker", "ps", "-a", "--filter", f"label={LABEL}", "--format", row]).splitlines()
    except LabError:
        return []
    labs = [project for project in projects if project.startswith(PROJECT)]
    if not labs:
        return [Finding("containers", "none of a lab")]
    text = f"{len(labs)} of labs ({', '.join(sorted(set(labs)))})"
    return [Finding("containers", text, "unless these labs are in use, run `./lab clean`", needs=False)]
