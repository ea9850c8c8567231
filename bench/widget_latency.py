"""How long from a delta in the kernel to `data-state` on its row, in a real JupyterLab and Chromium.

    python bench/widget_latency.py [--rows 30 500] [--rounds 100] [--busy]

One line a figure. A thread of the kernel takes a znode away and puts it back, by `--pause` seconds apart; the page
notes when its row says so. Both clocks are this machine's. `--busy`: while a cell runs pure Python.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "widgets")]

from conftest import FLAGS, JupyterLab, find_chromium  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

KERNEL = """
import copy, json, threading, time
from labkit.widgets.tree import TreeWidget
def znode(owner=None):
    return {"value": "x", "cut": False, "size": 1, "version": 0, "owner": owner, "czxid": "0x1", "mzxid": "0x1",
            "ctime": 1, "mtime": 1, "children": 0, "meaning": ""}
class Source:
    state = {"seq": 1, "root": "/bench", "note": "", "znodes": {"/ids": znode()}, "watches": {},
             "sessions": {"0x1":
                 {"process": "broker-1", "pid": 1, "state": "live", "timeout": 2, "left": None, "why": ""}}}
    def view(self): return copy.deepcopy(self.state)
    def subscribe(self, listener):
        self.listener = listener
        return lambda: None
    def change(self, set={}, gone=()):
        self.state["seq"] += 1
        self.state["znodes"].update(set)
        for path in gone: del self.state["znodes"][path]
        self.listener({"seq": self.state["seq"], "set": set, "gone": list(gone), "sessions": {}, "watches": {}})
source = Source()
for branch in range(ROWS // 50 + 1):
    source.state["znodes"][f"/b{branch}"] = znode()
    source.state["znodes"] |= {f"/b{branch}/{n}": znode("0x1") for n in range(min(50, ROWS - 50 * branch) - 1)}
source.state["znodes"] |= {"/ids/1": znode("0x1"), "/ids/2": znode("0x1")}
widget = TreeWidget(source)
widget
"""
ROUNDS = """
times, done = [], threading.Event()
def rounds():
    for n in range(N):
        for change in ({"gone": ["/ids/2"]}, {"set": {"/ids/2": znode("0x1")}}):
            done.wait(PAUSE)
            times.append(time.time() * 1000)
            source.change(**change)
    done.wait(1)
    done.set()
threading.Thread(target=rounds).start()
while BUSY and not done.is_set():
    sum(range(1000))
done.wait()
print("TIMES", json.dumps(times))
"""
OBSERVE = """() => {
  window.seen = [];
  new MutationObserver((records) => records.forEach((record) => {
    const { path, state } = record.target.dataset;
    if (path === "/ids/2") seen.push([state, performance.timeOrigin + performance.now()]);
  })).observe(document.querySelector(".lk-rows"), {subtree: true, attributes: true, attributeFilter: ["data-state"]});
}"""


def measure(lab: JupyterLab, browser: Any, rows: int, args: argparse.Namespace) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    settings = f"N, PAUSE, BUSY = {args.rounds}, {args.pause}, {args.busy}\n"
    lab.open(page, [f"ROWS = {rows}\n" + KERNEL, settings + ROUNDS], f"bench-{rows}.ipynb")
    lab.run(page, "notebook:run-cell-and-select-next")
    page.locator('[data-path="/ids/2"]').wait_for(timeout=60_000)
    shown = page.locator("[data-path]").count()
    page.evaluate(OBSERVE)
    lab.run(page, "notebook:run-cell-and-select-next")
    output = page.get_by_text("TIMES [")
    output.wait_for(timeout=600_000)
    times = json.loads(output.inner_text().partition("TIMES ")[2])[::2]
    seen = [at for state, at in page.evaluate("seen") if state == "gone"]
    page.close()
    assert len(seen) == len(times), f"{len(times)} sent, {len(seen)} seen"
    late = sorted(at - sent for at, sent in zip(seen, times, strict=True))
    p95 = late[int(len(late) * 0.95)]
    print(f"delta to data-state=gone, {shown} rows{', cell busy' * args.busy}, {len(late)} times: "
          f"median {statistics.median(late):.1f} ms, p95 {p95:.1f} ms, max {late[-1]:.1f} ms", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[30, 500])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.3)
    parser.add_argument("--busy", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        lab = JupyterLab(Path(folder))
        try:
            for rows in args.rows:
                measure(lab, browser, rows, args)
        finally:
            lab.close()
            browser.close()


if __name__ == "__main__":
    main()
