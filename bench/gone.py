"""From the moment another client is told that an ephemeral is gone, to its row saying so in a real JupyterLab page.

The other client is a bare kazoo in a process of its own with a watch on the znode; it stamps the machine's clock when
the watch fires. In the page a MutationObserver stamps the same clock when the row's `data-state` becomes "gone". The
broker's session is ended each time by the `expire` button in the page, and is back and live in the page before the
next time. `Date.now()` counts whole milliseconds, so a figure is right to within one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from browser import chromium, jupyterlab
from figures import quantile, say, say_load, verdict

AIMS = {30: 50.0, 500: 150.0}  # znodes: milliseconds at the 95th percentile
BROKER = "/brokers/ids/2"
LIMIT = 20.0  # seconds
SHOWN = 3.0  # seconds after the znode is back
MAY_FAIL = 10  # times that the session is not ended, or its end not shown; then there is no sense in going on
CELL = """
import json
from pathlib import Path
from labkit import Lab
lab = Lab(era="0.8")
lab.start_brokers([1, 2, 3])
number = {znodes} - (len(lab.tree.snapshot()) - 1)
groups = -(-number // 51)  # a big branch would be folded, and its rows not drawn
for group in range(groups):
    lab.zk.create(f"/filler-{{group}}", b"")
for n in range(number - groups):
    lab.zk.create(f"/filler-{{n % groups}}/znode-{{n // groups}}", b"some value")
lab.tree.snapshot()
Path({report!r}).write_text(json.dumps({{"hosts": lab.hosts, "znodes": len(lab.tree.snapshot()) - 1}}))
lab.dashboard()
"""
OTHER_CLIENT = """
import sys, time
from kazoo.client import KazooClient
zk = KazooClient(hosts=sys.argv[1], timeout=30)
zk.start(timeout=10)
def told(event):
    stamp = time.time()
    print(event.type, stamp, flush=True)
    look()
def look():
    if zk.exists(sys.argv[2], watch=told):
        print("THERE", time.time(), flush=True)
look()
sys.stdin.read()
"""
OBSERVE = """broker => {
  window.goneAt = [];
  const states = new WeakMap();
  new MutationObserver((records) => {
    const now = Date.now();
    for (const { target } of records) {
      if (target.dataset.path !== broker) continue;
      if (target.dataset.state === "gone" && states.get(target) !== "gone") window.goneAt.push(now);
      states.set(target, target.dataset.state);
    }
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
}"""
LIVE = f'.lk-row[data-path="{BROKER}"][data-state="live"]'
READY = """([live, button]) => {
  const it = document.querySelector(button);
  return it && !it.disabled && it.getAttribute("aria-disabled") !== "true" && document.querySelector(live);
}"""
BUTTON = 'button[data-process="broker-2"][data-verb="expire"]'


class OtherClient:
    """A bare kazoo in a process of its own that tells when the znode came and went."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._told: queue.Queue[tuple[str, float]] = queue.Queue()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def await_told(self, what: str) -> float:
        """The moment of the next news of this kind, seconds since the epoch."""
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                told, moment = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"the other client was not told {what} within {LIMIT:g} s") from None
            if told == what:
                return moment

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told, moment = line.split()
            self._told.put((told, float(moment)))


@contextlib.contextmanager
def other_client(hosts: str) -> Iterator[OtherClient]:
    argv = [sys.executable, "-c", OTHER_CLIENT, hosts, BROKER]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield OtherClient(process)
        finally:
            process.kill()


def opened(jupyter: Any, page: Any, znodes: int, folder: Path) -> dict[str, Any]:
    """Run the notebook of one lab in the page; returns what the kernel reports when its dashboard is drawn."""
    report = folder / f"report-{znodes}.json"
    jupyter.open(page, [CELL.format(znodes=znodes, report=str(report))], name=f"gone-{znodes}.ipynb")
    jupyter.run(page)
    page.locator(LIVE).wait_for(timeout=60_000)
    page.wait_for_function("n => document.querySelectorAll('.lk-row').length > n", arg=znodes * 0.9, timeout=60_000)
    return dict(json.loads(report.read_text()))


def one_time(page: Any, other: OtherClient, number: int) -> float | None:
    """End the broker's session; returns milliseconds from the other client's news to the row's, None if none."""
    page.wait_for_function(READY, arg=[LIVE, BUTTON], timeout=LIMIT * 1000)
    page.evaluate("button => { window.goneAt = []; document.querySelector(button).click(); }", BUTTON)
    try:
        told = other.await_told("DELETED")
    except TimeoutError as problem:
        said = page.locator(".lk-controls").inner_text()
        say(f"gone: time {number + 1}: {problem}; the controls say: {said.splitlines()[-1]!r}")
        return None
    other.await_told("THERE")
    deadline = time.monotonic() + SHOWN
    while not (seen := page.evaluate("window.goneAt")):
        if time.monotonic() > deadline:
            say(f"gone: time {number + 1}: the row never said so (it was back before the page's next update?)")
            return None
        time.sleep(0.02)
    return float(seen[0]) - told * 1000


def measure(jupyter: Any, page: Any, znodes: int, times: int, pause: float, folder: Path) -> bool:
    report = opened(jupyter, page, znodes, folder)
    with other_client(report["hosts"]) as other:
        other.await_told("THERE")
        page.evaluate(OBSERVE, BROKER)
        took: list[float] = []
        failed = 0
        while len(took) < times and failed <= MAY_FAIL:
            if pause:
                time.sleep(pause * random.uniform(0.75, 1.25))  # a learner's pace, in step with no clock of ours
            one = one_time(page, other, len(took))
            took += [] if one is None else [one]
            failed += one is None
    if failed:
        say(f"gone, {report['znodes']} znodes: {failed} times more it was not ended or not shown: MISSED")
    rows = page.locator(".lk-row").count()
    p95, aim = quantile(took, 0.95), AIMS.get(znodes, float("inf"))
    say(
        f"gone, {report['znodes']} znodes: median {median(took):.0f} ms, p95 {p95:.0f} ms (min {min(took):.0f}, "
        f"max {max(took):.0f}; {len(took)} times, {pause:g} s apart, {rows} rows drawn; aim p95 <= {aim:g}: "
        f"{verdict(p95 <= aim)})"
    )
    return p95 <= aim and not failed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=100)
    options.add_argument("--pause", type=float, default=1.0, help="seconds of quiet before each time, about")
    options.add_argument("--znodes", type=int, nargs="+", default=list(AIMS))
    given = options.parse_args()
    say_load("gone")
    good = []
    for znodes in given.znodes:  # each with a server and a browser of its own: nothing of the last one is left
        with tempfile.TemporaryDirectory(prefix="labkit-bench-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            with jupyterlab(folder / "jupyter") as jupyter, chromium() as browser:
                page = browser.new_page(viewport={"width": 1400, "height": 900})
                good.append(measure(jupyter, page, znodes, given.times, given.pause, folder))
    say_load("gone")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
