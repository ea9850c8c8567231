"""The JupyterLab server gets SIGKILL while a kernel of its owns a lab: the kernel must notice by itself and end.

Three seconds later neither the kernel nor anything of the lab is left.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
from rounds import LIMIT, OWNER, Tally, add_bench_to_path, await_true, check_whole, say_load


def one_round(tally: Tally, number: int, browser: Any, folder: Path) -> None:
    from browser import jupyterlab

    report = folder / f"{number}.json"
    with jupyterlab(folder / f"jupyter-{number}") as jupyter:
        page = browser.new_page()
        jupyter.open(page, [OWNER.format(report=str(report))], name="owner.ipynb")
        jupyter.run(page)
        await_true(report.exists, "the lab is open", LIMIT)
        told = json.loads(report.read_text())
        check_whole(told["folder"])
        server, kernel = psutil.Process(told["parent"]), psutil.Process(told["kernel"])
        if "jupyterlab" not in " ".join(server.cmdline()):
            raise SystemExit(f"the kernel's parent is not JupyterLab: {server.cmdline()}")
        server.kill()
        tally.add(number, told["folder"], [kernel])
        page.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    add_bench_to_path()
    from browser import chromium

    tally = Tally("jupyter killed", rounds)
    say_load("jupyter killed")
    with tempfile.TemporaryDirectory(prefix="labkit-soak-", ignore_cleanup_errors=True) as name, chromium() as browser:
        for number in range(rounds):
            one_round(tally, number, browser, Path(name))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
