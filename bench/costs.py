"""What a page and its kernel cost: CPU as a share of one core, memory after a garbage collection, and if they grow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import mean
from typing import Any

import psutil
from figures import say, verdict

GROWTH, SLACK = 1.1, 1.0  # memory is flat if the last third of the samples has at most so much of the first (plus MB)
CPU_GROWTH, CPU_SLACK = 1.5, 0.05


@dataclass
class Meter:
    """What the page and the kernel cost: `sample()` gives shares of a core since the last one, and memory now."""

    page: Any
    kernel: psutil.Process

    def __post_init__(self) -> None:
        self.cdp = self.page.context.new_cdp_session(self.page)
        self.browser = self.page.context.browser.new_browser_cdp_session()
        self.cdp.send("Performance.enable")
        self.before = self._used()

    def sample(self) -> dict[str, float]:
        """`page`, `renderer`, `kernel`: shares of one core; `heap`, `rss`: MB; `elements`: of the tree."""
        now = self._used()
        spent = now["at"] - self.before["at"]
        shares = {name: (now[name] - self.before[name]) / spent for name in ("page", "renderer", "kernel")}
        self.cdp.send("HeapProfiler.collectGarbage")
        heap = self.cdp.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        elements = self.page.evaluate("document.querySelectorAll('.lk-tree *').length")
        self.before = self._used()  # the collection itself is not counted
        return shares | {"heap": heap, "rss": self.kernel.memory_info().rss / 1e6, "elements": elements}

    def _used(self) -> dict[str, float]:
        metrics = {one["name"]: one["value"] for one in self.cdp.send("Performance.getMetrics")["metrics"]}
        processes = self.browser.send("SystemInfo.getProcessInfo")["processInfo"]
        renderer = sum(one["cpuTime"] for one in processes if one["type"] == "renderer")
        used = self.kernel.cpu_times()
        kernel = used.user + used.system
        return {"at": time.monotonic(), "page": metrics["TaskDuration"], "renderer": renderer, "kernel": kernel}


def flat(samples: list[dict[str, float]], name: str, growth: float, slack: float) -> bool:
    values, third = [one[name] for one in samples], len(samples) // 3
    return mean(values[-third:]) <= mean(values[:third]) * growth + slack


def line(samples: list[dict[str, float]], name: str, scale: float = 1, digits: int = 0) -> str:
    return " ".join(f"{one[name] * scale:.{digits}f}" for one in samples)


def say_costs(what: str, samples: list[dict[str, float]], idle: dict[str, float]) -> bool:
    """Say what it cost; whether all of it is flat."""
    good = []
    for name, words in {"renderer": "the page's process", "page": "its main thread", "kernel": "kernel"}.items():
        good.append(flat(samples, name, CPU_GROWTH, CPU_SLACK))
        before = f"before: {idle[name] * 100:.0f}; flat: {verdict(good[-1])}"
        say(f"{what}: CPU of {words}, % of a core: {line(samples, name, 100)} ({before})")
    for name, words in {"heap": "JavaScript after GC", "rss": "kernel"}.items():
        good.append(flat(samples, name, GROWTH, SLACK))
        before = f"before: {idle[name]:.1f}; flat: {verdict(good[-1])}"
        say(f"{what}: memory of {words}, MB: {line(samples, name, digits=1)} ({before})")
    say(f"{what}: elements of the tree in the page: {line(samples, 'elements')}")
    return all(good)
