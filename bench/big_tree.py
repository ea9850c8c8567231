"""A big tree in a real JupyterLab page while it changes: how late the rows are, what is lost, what it costs.

A lab of its own per size, one branch of 500 (5,000) znodes, unfolded by hand: so many rows. Another client makes 10
changes a second for a minute, half of them to rows that are drawn, half anywhere; one in five makes a znode or deletes
one. Late is from before the write is sent to the row that shows it (or a later one), by this machine's clock. At the
end all rows are looked at and compared with what was written last. CPU is a share of one core, the memory is that of
JavaScript in the whole page after a garbage collection.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from browser import chromium, jupyterlab
from costs import Meter, say_costs
from figures import quantile, say, say_load, verdict
from kazoo.client import KazooClient

BRANCH = "/branch"
NEAR = 40  # rows from the top: these are drawn
SAMPLES = 6
LATEST = 400.0  # milliseconds: a quarter of a second's wait at most (4 updates a second), and the drawing
CELL = """
import json, os
from pathlib import Path
from labkit import Lab
lab = Lab(era="0.8")
lab.zk.create({branch!r})
made = [lab.zk.create_async(f"{branch}/n{{n}}", b"seq 0") for n in range({znodes} - 1)]
for one in made: one.get()
lab.tree.snapshot()
Path({report!r}).write_text(json.dumps({{"hosts": lab.hosts, "pid": os.getpid()}}))
lab.dashboard()
"""
OBSERVE = """() => {
  window.seen = [];
  const last = new Map();
  const look = (el, now) => {
    const state = el.dataset.state, text = el.querySelector(".lk-value")?.textContent, path = el.dataset.path;
    if (last.get(path) === state + text) return;
    last.set(path, state + text);
    seen.push([path, state, text, now]);
  };
  new MutationObserver((records) => {
    const now = performance.timeOrigin + performance.now(), rows = new Set();
    for (const { target, addedNodes } of records) {
      rows.add((target.closest ? target : target.parentElement)?.closest("[data-path]"));
      for (const node of addedNodes) if (node.dataset?.path) rows.add(node);
    }
    for (const el of rows) if (el) look(el, now);
  }).observe(document.querySelector(".lk-rows"),
    { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["data-state"] });
}"""
ALL_ROWS = """async () => {
  const list = document.querySelector(".lk-rows"), rows = {};
  for (list.scrollTop = 0; ; list.scrollTop += 400) {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const el of list.querySelectorAll("[data-path]"))
      rows[el.dataset.path] = el.dataset.state + " " + el.querySelector(".lk-value").textContent;
    if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) return rows;
  }
}"""


@dataclass
class Writer:
    """Changes the tree, and knows what it must look like."""

    zk: KazooClient
    values: dict[str, str]
    made: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, int, float]] = field(default_factory=list)  # kind, path, number, ms since the epoch

    def change(self) -> None:
        """One change; every tenth makes a znode, every tenth deletes the oldest of these."""
        number = len(self.changes) + 1
        path, kind = self._next(number), "set"
        at = time.time() * 1000
        if number % 10 == 5:
            path, kind = f"{BRANCH}/n{number % NEAR}-new{number}", "create"
            self.zk.create(path, f"seq {number}".encode())
            self.made.append(path)
        elif number % 10 == 0 and len(self.made) > 2:
            path, kind = self.made.pop(0), "delete"
            self.zk.delete(path)
        else:
            self.zk.set(path, f"seq {number}".encode())
        self.values[path] = f"seq {number}"
        if kind == "delete":
            del self.values[path]
        self.changes.append((kind, path, number, at))

    def _next(self, number: int) -> str:
        near = number % 2 == 0
        return f"{BRANCH}/n{random.randrange(NEAR if near else self.size)}"

    @property
    def size(self) -> int:
        return len(self.values) - len(self.made)


def opened(jupyter: Any, page: Any, znodes: int, folder: Path) -> dict[str, Any]:
    """Run the notebook of one lab in the page, unfold the branch; returns what the kernel reports."""
    report = folder / "report.json"
    jupyter.open(page, [CELL.format(znodes=znodes, branch=BRANCH, report=str(report))], name="big.ipynb")
    jupyter.run(page)
    page.locator(".jp-CodeCell .jp-InputPrompt", has_text="[1]:").wait_for(timeout=120_000)
    page.locator(f'[data-path="{BRANCH}"] .lk-closed').click()
    page.locator(f'[data-path="{BRANCH}/n0"]').wait_for()
    return dict(json.loads(report.read_text()))


def write(page: Any, writer: Writer, meter: Meter, seconds: float, rate: float) -> list[dict[str, float]]:
    """Make the changes in step with the clock; samples at even distances."""
    samples: list[dict[str, float]] = []
    begin = time.monotonic()
    for number in range(int(seconds * rate)):
        page.wait_for_timeout(max(0.0, begin + number / rate - time.monotonic()) * 1000)
        writer.change()
        if (number + 1) % (int(seconds * rate) // SAMPLES) == 0:
            samples.append(meter.sample())
    return samples


def late(changes: list[tuple[str, str, int, float]], seen: list[list[Any]]) -> tuple[list[float], int]:
    """Milliseconds for each change of a drawn row, and how many never showed, nor anything later."""
    by_path: dict[str, list[list[Any]]] = {}
    for one in seen:
        by_path.setdefault(one[0], []).append(one)
    found = [(change, next(shows(change, by_path.get(change[1], [])), None)) for change in changes if near(change[1])]
    return [at - change[3] for change, at in found if at is not None], sum(at is None for _, at in found)


def shows(change: tuple[str, str, int, float], seen: list[list[Any]]) -> Iterator[float]:
    kind, _, number, _ = change
    for _, state, text, at in seen:
        told = re.fullmatch(r"seq (\d+)", text)
        if (state == "gone") if kind == "delete" else (told and int(told[1]) >= number):
            yield at


def near(path: str) -> bool:
    found = re.match(rf"{BRANCH}/n(\d+)", path)
    return bool(found) and int(found[1]) < NEAR


def wrong_rows(page: Any, writer: Writer) -> int:
    """How many rows, of all, do not show what was written last, or should not be there, or are not."""
    expected = {path: f"live {value}" for path, value in writer.values.items()}
    shown = {path: text for path, text in page.evaluate(ALL_ROWS).items() if path.startswith(BRANCH + "/")}
    return len(expected.items() ^ shown.items())


def shown_in_the_end(page: Any, writer: Writer) -> int:
    """`wrong_rows`, with time for what is under way to arrive."""
    deadline = time.monotonic() + 20
    while (wrong := wrong_rows(page, writer)) and time.monotonic() < deadline:
        page.wait_for_timeout(1000)
    return wrong


def measure(jupyter: Any, page: Any, znodes: int, given: argparse.Namespace, folder: Path) -> bool:
    told = opened(jupyter, page, znodes, folder)
    zk = KazooClient(hosts=told["hosts"], timeout=30)
    zk.start(timeout=10)
    try:
        page.evaluate(OBSERVE)
        writer = Writer(zk, {f"{BRANCH}/n{n}": "seq 0" for n in range(znodes - 1)})
        meter = Meter(page, psutil.Process(told["pid"]))
        page.wait_for_timeout(10_000)
        idle = meter.sample()
        samples = write(page, writer, meter, given.seconds, given.rate)
        page.wait_for_timeout(2000)
        took, lost = late(writer.changes, page.evaluate("seen"))
        lost += shown_in_the_end(page, writer)
    finally:
        zk.stop()
        zk.close()
    what, p95 = f"big tree, {znodes} znodes", quantile(took, 0.95)
    say(
        f"{what}: change to row: median {median(took):.0f} ms, p95 {p95:.0f} ms (max {max(took):.0f}; {len(took)} of "
        f"{len(writer.changes)} changes were to drawn rows; aim p95 <= {LATEST:g}: {verdict(p95 <= LATEST)})"
    )
    say(f"{what}: updates dropped: {lost} (aim 0: {verdict(not lost)})")
    return say_costs(what, samples, idle) and p95 <= LATEST and not lost


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--znodes", type=int, nargs="+", default=[500, 5000])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--rate", type=float, default=10, help="changes a second")
    given = options.parse_args()
    say_load("big tree")
    good = []
    for znodes in given.znodes:  # each with a server and a browser of its own: nothing of the last one is left
        with tempfile.TemporaryDirectory(prefix="labkit-bench-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            with jupyterlab(folder / "jupyter") as jupyter, chromium() as browser:
                page = browser.new_page(viewport={"width": 1400, "height": 900})
                good.append(measure(jupyter, page, znodes, given, folder))
    say_load("big tree")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
