"""Views to draw, and what to do with a page that draws one."""

from __future__ import annotations

from typing import Any


def znode(value: str = "", owner: str | None = None, **more: Any) -> dict[str, Any]:
    plain = {"value": value, "cut": False, "size": len(value), "version": 0, "cversion": 0, "owner": owner}
    return plain | {"czxid": "0x5", "mzxid": "0x5", "ctime": 1, "mtime": 1, "children": 0, "meaning": ""} | more


def session(process: str | None, state: str = "live", left: float | None = None) -> dict[str, Any]:
    return {"process": process, "pid": 47, "state": state, "timeout": 2.0, "left": left, "why": ""}


def make_view(brokers: int = 3, **more: Any) -> dict[str, Any]:
    ids = range(1, brokers + 1)
    znodes = {"/brokers": znode(), "/brokers/ids": znode()}
    znodes |= {f"/brokers/ids/{n}": znode(f'{{"host":"127.0.0.1","port":{n}}}', f"0x{n}") for n in ids}
    sessions = {f"0x{n}": session(f"broker-{n}") for n in ids}
    view = {"seq": 1, "root": "/lab-7f3a", "note": "", "znodes": znodes, "sessions": sessions, "watches": {}}
    return view | more


def row(page: Any, path: str) -> Any:
    return page.locator(f'[data-path="{path}"]')


def deliver(page: Any, seq: int, **parts: Any) -> None:
    delta = {"type": "delta", "seq": seq, "set": {}, "gone": [], "sessions": {}, "watches": {}} | parts
    page.evaluate("message => model.deliver(message)", delta)


def paths(page: Any) -> list[str]:
    return page.eval_on_selector_all("[data-path]", "rows => rows.map(row => row.dataset.path)")


def settled(page: Any, view: dict[str, Any]) -> Any:
    """Answer the hello of the front end, so that what follows counts as happening now."""
    page.evaluate("view => model.deliver({type: 'full', ...view})", view)
    return page


CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (el) => {
    for (; el; el = el.parentElement) {
      const c = rgb(getComputedStyle(el).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const worst = {};
  for (const el of document.querySelectorAll(".lk-widget *")) {
    if (![...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !el.offsetParent) continue;
    const [a, b] = [light(rgb(getComputedStyle(el).color)), light(ground(el))].sort((x, y) => y - x);
    const name = el.className || el.tagName;
    worst[name] = Math.min(worst[name] ?? 99, (a + 0.05) / (b + 0.05));
  }
  return worst;
}"""
