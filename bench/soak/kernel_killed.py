"""The owner of a lab gets SIGKILL: three seconds later nothing of the lab is left, time after time.

The owner is a plain Python (the default), or with --jupyter the kernel of a notebook in a real JupyterLab.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
from rounds import LIMIT, OWNER, Tally, add_bench_to_path, await_true, check_whole, say_load


def plain(rounds: int, folder: Path) -> int:
    tally = Tally("kernel killed, plain Python", rounds)
    for number in range(rounds):
        report = folder / f"{number}.json"
        code = OWNER.format(report=str(report)) + "import sys; sys.stdin.read()\n"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as owner:
            try:
                await_true(lambda: report.exists() or owner.poll() is not None, "the lab is open")  # noqa: B023
                told = json.loads(report.read_text())
                check_whole(told["folder"])
            finally:
                owner.kill()
            tally.add(number, told["folder"], [])
    return tally.close()


def jupyter(rounds: int, folder: Path) -> int:
    add_bench_to_path()
    from browser import chromium, jupyterlab

    tally = Tally("kernel killed, in JupyterLab", rounds)
    with jupyterlab(folder / "jupyter") as server, chromium() as browser:
        for number in range(rounds):
            report = folder / f"{number}.json"
            page = browser.new_page()
            server.open(page, [OWNER.format(report=str(report))], name=f"round-{number}.ipynb")
            server.run(page)
            await_true(report.exists, "the lab is open", LIMIT)
            told = json.loads(report.read_text())
            check_whole(told["folder"])
            kernel = psutil.Process(told["kernel"])
            kernel.kill()
            tally.add(number, told["folder"], [kernel])
            page.close()
        return tally.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--jupyter", action="store_true", help="the kernel of a notebook instead of a plain Python")
    given = options.parse_args()
    say_load("kernel killed")
    with tempfile.TemporaryDirectory(prefix="labkit-soak-", ignore_cleanup_errors=True) as name:
        return (jupyter if given.jupyter else plain)(given.rounds, Path(name))


if __name__ == "__main__":
    sys.exit(main())
