"""What makes a big tree usable: search, focus on a branch, boxes, few elements; on the stage, and with a real lab."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from views import CONTRAST, deliver, make_view, paths, row, session, settled, znode

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

Stage = Callable[..., Any]
MANY = 5_000


def big_view(children: int = MANY) -> dict[str, Any]:
    """Three brokers, and one branch with many children."""
    view = make_view()
    view["znodes"] |= {"/big": znode()} | {f"/big/n{n}": znode(f"value {n}") for n in range(children)}
    return view


@pytest.fixture
def big(stage: Stage) -> Any:
    view = big_view()
    return settled(stage("tree", {"full": view}), view)


@pytest.fixture
def small(stage: Stage) -> Any:
    view = make_view()
    return settled(stage("tree", {"full": view}), view)


def boxes(page: Any) -> Any:
    page.get_by_role("button", name="Boxes").click()
    return page


def field(page: Any) -> Any:
    return page.get_by_role("searchbox")


# --- search


def test_a_search_finds_in_folded_branches_and_steps_through(big: Any) -> None:
    expect(row(big, "/big")).to_contain_text("5,000 znodes folded")
    field(big).fill("VALUE N49")
    expect(big.locator(".lk-hits")).to_have_text("1 of 111")
    assert paths(big)[:4] == ["/", "/big", "/big/n49", "/big/n490"]
    expect(row(big, "/big/n49")).to_have_attribute("tabindex", "0")
    for key, hit in [("Enter", "n490"), ("Enter", "n491"), ("Shift+Enter", "n490"), ("Shift+Enter", "n49")]:
        field(big).press(key)
        expect(row(big, f"/big/{hit}")).to_have_attribute("tabindex", "0")
    field(big).press("Shift+Enter")
    expect(big.locator(".lk-hits")).to_have_text("111 of 111")
    expect(row(big, "/big/n4999")).to_be_in_viewport()
    big.get_by_role("button", name="next match").click()
    expect(big.locator(".lk-hits")).to_have_text("1 of 111")
    expect(row(big, "/big/n49")).to_be_in_viewport()


def test_a_search_looks_at_path_value_and_process(small: Any) -> None:
    for query, found in [
        ("ids/2", ["/brokers/ids/2"]),
        ('"port":3', ["/brokers/ids/3"]),
        ("broker-1", ["/brokers/ids/1"]),
        ("0x3", ["/brokers/ids/3"]),
        ("ids broker-2 127", ["/brokers/ids/2"]),
    ]:
        field(small).fill(query)
        expect(small.locator(".lk-found")).to_have_count(len(found))
        assert paths(small) == ["/", "/brokers", "/brokers/ids", *found]
    field(small).fill("no such thing")
    expect(small.locator(".lk-hits")).to_have_text("nothing found")
    expect(small.locator(".lk-empty")).to_contain_text("No znode has “no such thing”")


def test_slash_begins_and_escape_leaves_a_search_with_the_folds_as_they_were(small: Any) -> None:
    row(small, "/brokers/ids/2").focus()
    row(small, "/brokers/ids").locator(".lk-twisty").click()
    small.keyboard.press("/")
    expect(field(small)).to_be_focused()
    small.keyboard.type("broker-3")
    assert paths(small) == ["/", "/brokers", "/brokers/ids", "/brokers/ids/3"]
    small.keyboard.press("ArrowDown")
    expect(row(small, "/brokers/ids/3")).to_be_focused()
    small.keyboard.press("Enter")
    expect(small.locator(".lk-detail")).to_contain_text("/brokers/ids/3")
    small.keyboard.press("Escape")
    expect(small.locator(".lk-detail")).to_be_hidden()
    small.keyboard.press("Escape")
    expect(field(small)).to_have_value("")
    assert paths(small) == ["/", "/brokers", "/brokers/ids"]
    expect(row(small, "/brokers/ids")).to_be_focused()


def test_a_search_follows_what_changes(small: Any) -> None:
    field(small).fill("zebra")
    expect(small.locator(".lk-found")).to_have_count(0)
    deliver(small, 2, set={"/brokers/ids/3": znode("a zebra", "0x3", version=1), "/zebra": znode()})
    expect(small.locator(".lk-hits")).to_have_text("2 found")
    assert paths(small) == ["/", "/brokers", "/brokers/ids", "/brokers/ids/3", "/zebra"]
    deliver(small, 3, set={"/brokers/ids/3": znode("a horse", "0x3", version=2)})
    assert paths(small) == ["/", "/zebra"]
    deliver(small, 4, gone=["/zebra"])
    expect(row(small, "/zebra")).to_have_attribute("data-state", "gone")
    expect(small.locator(".lk-hits")).to_have_text("nothing found", timeout=10_000)


# --- focus on a branch


def test_a_branch_in_focus_is_alone_and_the_way_back_is_there(big: Any) -> None:
    row(big, "/brokers/ids").focus()
    big.keyboard.press(".")
    assert paths(big) == ["/brokers/ids", *(f"/brokers/ids/{n}" for n in (1, 2, 3))]
    expect(row(big, "/brokers/ids")).to_be_focused()
    expect(row(big, "/brokers/ids")).to_have_attribute("aria-level", "1")
    expect(big.locator(".lk-crumbs button")).to_have_text(["/lab-7f3a", "brokers", "ids"])
    expect(big.locator(".lk-count")).to_have_text("4 of 5,006 znodes")
    big.keyboard.press("Backspace")
    expect(row(big, "/brokers/ids")).to_be_focused()
    assert paths(big)[0] == "/brokers"
    big.get_by_role("button", name="/lab-7f3a").click()
    expect(big.locator(".lk-crumbs")).to_be_hidden()
    assert paths(big)[:3] == ["/", "/big", "/brokers"]


def test_the_button_focuses_on_the_row_that_was_chosen(big: Any) -> None:
    button = big.get_by_role("button", name="Focus", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    row(big, "/big").click()
    button.click()
    assert paths(big)[:3] == ["/big", "/big/n0", "/big/n1"]
    expect(big.locator(".lk-count")).to_have_text("5,001 of 5,006 znodes")


def test_a_branch_in_focus_that_goes_gives_way_to_its_parent(small: Any) -> None:
    row(small, "/brokers/ids/3").focus()
    small.keyboard.press(".")
    assert paths(small) == ["/brokers/ids/3"]
    deliver(small, 2, gone=["/brokers/ids/3"])
    expect(row(small, "/brokers/ids/3")).to_have_attribute("data-state", "gone")
    expect(row(small, "/brokers/ids")).to_be_focused(timeout=10_000)
    assert paths(small) == ["/brokers/ids", "/brokers/ids/1", "/brokers/ids/2"]


# --- boxes and curves


def test_boxes_have_the_hooks_of_rows_and_a_curve_each(small: Any) -> None:
    row(small, "/brokers").focus()
    boxes(small)
    assert paths(small) == ["/", "/brokers", "/brokers/ids", *(f"/brokers/ids/{n}" for n in (1, 2, 3))]
    expect(small.locator(".lk-curve")).to_have_count(5)
    expect(small.locator(".lk-rows")).to_have_count(0)
    three = row(small, "/brokers/ids/3")
    expect(three).to_have_attribute("data-state", "live")
    expect(three).to_contain_text("broker-3")
    assert three.evaluate("el => getComputedStyle(el).borderStyle") == "dashed"
    assert row(small, "/brokers").evaluate("el => getComputedStyle(el).borderStyle") == "solid"
    left = [row(small, path).bounding_box()["x"] for path in ("/", "/brokers", "/brokers/ids", "/brokers/ids/3")]
    assert left == sorted(set(left))
    small.get_by_role("button", name="Rows").click()
    expect(small.locator(".lk-row")).to_have_count(6)


def test_boxes_live_die_and_return(small: Any) -> None:
    boxes(small)
    three = row(small, "/brokers/ids/3")
    deliver(small, 2, sessions={"0x3": session("broker-3", "silent", 60)})
    expect(three.locator("[data-left]")).to_contain_text(re.compile(r"gone in 5\d\.\d s"))
    deliver(small, 3, gone=["/brokers/ids/3"], sessions={"0x3": None})
    expect(three).to_have_attribute("data-state", "gone")
    assert "line-through" in three.locator(".lk-name").evaluate("el => getComputedStyle(el).textDecorationLine")
    expect(small.locator(".lk-curve.lk-dead")).to_have_count(1)
    expect(three).to_have_count(0, timeout=10_000)
    expect(small.locator(".lk-curve")).to_have_count(4)
    deliver(small, 4, set={"/brokers/ids/3": znode("back", "0x9")}, sessions={"0x9": session("broker-3")})
    expect(three).to_have_attribute("data-state", "live")
    expect(three).to_contain_text("back")
    expect(small.locator(".lk-curve.lk-ephemeral")).to_have_count(3)


def test_boxes_are_reached_by_keys_alone(small: Any) -> None:
    row(small, "/").focus()
    for _ in range(3):
        small.keyboard.press("Shift+Tab")
        if small.evaluate("document.activeElement.dataset.view") == "boxes":
            break
    small.keyboard.press("Enter")
    small.keyboard.press("Tab")
    for key, where in [
        ("ArrowRight", "/brokers"), ("ArrowRight", "/brokers/ids"), ("ArrowRight", "/brokers/ids/1"),
        ("ArrowDown", "/brokers/ids/2"), ("End", "/brokers/ids/3"), ("ArrowUp", "/brokers/ids/2"),
        ("ArrowLeft", "/brokers/ids"), ("ArrowLeft", "/brokers/ids"),
    ]:  # fmt: skip
        small.keyboard.press(key)
        expect(row(small, where)).to_be_focused()
    expect(row(small, "/brokers/ids")).to_contain_text("3 znodes folded")
    expect(row(small, "/brokers/ids/1")).to_have_count(0)
    small.keyboard.press("Enter")
    expect(small.locator(".lk-detail")).to_contain_text("/brokers/ids")
    small.keyboard.press("Escape")
    expect(row(small, "/brokers/ids")).to_be_focused()


def test_too_many_boxes_are_refused_in_words_until_there_are_fewer(big: Any) -> None:
    boxes(big)
    refusal = big.locator(".lk-refusal")
    expect(refusal).to_contain_text("5,006 znodes are too many for boxes: more than 150 cannot be read.")
    expect(refusal).to_contain_text("Focus on a smaller branch, or search")
    expect(big.locator("[data-path]")).to_have_count(0)
    field(big).fill("n499")
    expect(refusal).to_be_hidden()
    assert len(paths(big)) == 2 + 11
    field(big).press("Escape")
    expect(refusal).to_be_visible()
    expect(refusal.get_by_role("button").first).to_be_focused()
    refusal.get_by_role("button", name="brokers (4)").press("Enter")
    expect(row(big, "/brokers")).to_be_focused()
    assert len(paths(big)) == 5
    deliver(big, 2, set={f"/brokers/{n}": znode() for n in range(146)})
    expect(refusal).to_contain_text("151 znodes are too many")
    deliver(big, 3, gone=["/brokers/7"])
    expect(row(big, "/brokers/8")).to_be_attached(timeout=10_000)


@pytest.mark.parametrize("dark", [False, True])
def test_boxes_and_finds_are_legible_in_both_themes(stage: Stage, dark: bool) -> None:
    view = make_view(watches={"/brokers": [{"who": "c", "kind": "data"}]})
    view["sessions"]["0x2"] = session("broker-2", "silent", 60)
    page = boxes(settled(stage("tree", {"full": view}, dark=dark), view))
    deliver(page, 2, gone=["/brokers/ids/3"])
    field(page).fill("ids")
    row(page, "/brokers/ids").focus()
    page.keyboard.press(".")
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 8
    assert min(contrasts.values()) >= 4.5, contrasts


@pytest.mark.parametrize("view", ["Rows", "Boxes"])
def test_nothing_juts_out_of_a_narrow_window(stage: Stage, view: str) -> None:
    page = stage("tree", {"full": make_view()}, viewport={"width": 340, "height": 700})
    page.get_by_role("button", name=view).click()
    field(page).fill("ids")
    row(page, "/brokers/ids").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    for button in page.locator(".lk-bar button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 340


# --- many


def test_of_5000_rows_few_are_in_the_page_and_each_can_be_reached(big: Any) -> None:
    row(big, "/big").locator(".lk-twisty").click()
    expect(row(big, "/big/n0")).to_be_visible()
    assert len(paths(big)) < 300
    row(big, "/big").focus()
    big.keyboard.press("End")
    expect(row(big, "/brokers/ids/3")).to_be_focused()
    expect(row(big, "/brokers/ids/3")).to_be_in_viewport()
    big.keyboard.press("ArrowUp")
    expect(row(big, "/brokers/ids/2")).to_be_focused()
    assert len(paths(big)) < 300
    last = row(big, "/big/n4999")
    expect(last).to_have_attribute("aria-posinset", "5000")
    deliver(big, 2, set={"/big/n4999": znode("changed", version=1)}, gone=["/big/n4998"])
    expect(last).to_contain_text("changed")
    expect(row(big, "/big/n4998")).to_have_attribute("data-state", "gone")
    expect(row(big, "/big/n4998")).to_have_count(0, timeout=10_000)
    expect(big.locator(".lk-count")).to_have_text("5,005 znodes")


def test_a_widget_that_is_drawn_before_it_is_in_the_page_unfolds_5000_rows(big: Any) -> None:
    big.evaluate("""async () => {
      const { default: widget } = await import("/tree.js"), host = document.createElement("div");
      end();
      document.getElementById("host").remove();
      widget.render({ model, el: host });
      document.body.append(host);
    }""")
    row(big, "/big").locator(".lk-closed").click()
    expect(row(big, "/big/n0")).to_be_visible()
    big.keyboard.press("End")
    expect(row(big, "/brokers/ids/3")).to_be_focused()


def test_what_changed_far_away_is_there_when_one_looks(big: Any) -> None:
    row(big, "/big").locator(".lk-twisty").click()
    deliver(big, 2, set={"/big/n2500": znode("far away", version=1), "/big/n2500x": znode("new")})
    expect(row(big, "/big/n2500")).to_have_count(0)
    big.evaluate("document.querySelector('.lk-rows').scrollTop = 25 * 2495")
    expect(row(big, "/big/n2500")).to_contain_text("far away")
    expect(row(big, "/big/n2500x")).to_be_in_viewport()


def test_the_keyboard_goes_on_from_a_row_that_was_scrolled_away(big: Any) -> None:
    row(big, "/big").locator(".lk-twisty").click()
    row(big, "/big/n3").focus()
    big.evaluate("document.querySelector('.lk-rows').scrollTop = 60_000")
    expect(row(big, "/big/n3")).to_have_count(0)
    big.keyboard.press("ArrowDown")
    expect(row(big, "/big/n4")).to_be_focused()
    expect(row(big, "/big/n4")).to_be_in_viewport()


def test_a_fold_of_5000_counts_what_comes_and_goes(big: Any) -> None:
    gone = [f"/big/n{n}" for n in range(1000, 3000)]
    deliver(big, 2, set={"/big/new": znode()}, gone=gone)
    expect(row(big, "/big")).to_contain_text("3,001 znodes folded", timeout=10_000)
    expect(big.locator(".lk-count")).to_have_text("3,007 znodes")


def test_a_znode_that_went_and_came_back_between_two_updates_shows_both(big: Any) -> None:
    big.evaluate("""() => {
      window.states = [];
      new MutationObserver((records) => records.forEach(({ target }) => states.push(target.dataset.state)))
        .observe(document.querySelector('[data-path="/brokers/ids/3"]'), {attributeFilter: ["data-state"]});
    }""")
    deliver(big, 2, set={"/brokers/ids/3": znode("anew", "0x9", czxid="0x77")}, sessions={"0x9": session("broker-3")})
    expect(big.locator(".lk-said")).to_have_text("/brokers/ids/3 went and came back: this is another znode")
    expect(row(big, "/brokers/ids/3")).to_contain_text("anew")
    expect(row(big, "/brokers/ids/3")).to_have_attribute("data-state", "live")
    assert big.evaluate("states.filter((state, n) => state !== states[n - 1])") == ["gone", "live"]


@pytest.mark.parametrize("last", [{"set": {"/brokers/ids/3": znode("newest", "0x9", czxid="0x78")}}, {"gone": 3}])
def test_what_comes_while_a_return_is_shown_has_the_last_word(big: Any, last: dict[str, Any]) -> None:
    three = row(big, "/brokers/ids/3")
    back = {"set": {"/brokers/ids/3": znode("anew", "0x9", czxid="0x77")}}
    last = last if "set" in last else {"gone": ["/brokers/ids/3"]}
    big.evaluate(
        "([one, two]) => { model.deliver(one); model.deliver(two); }",
        [{"type": "delta", "seq": 2, **back}, {"type": "delta", "seq": 3, **last}],
    )
    if "set" in last:
        expect(three).to_contain_text("newest")
        big.wait_for_function("performance.now() > 2000")  # longer than a return is shown
        expect(three).to_contain_text("newest")
    else:
        expect(three).to_have_count(0, timeout=10_000)


LAB = f"""
from labkit import Lab
lab = Lab(era="0.8")
lab.start_broker(3)
lab.zk.create("/big")
made = [lab.zk.create_async(f"/big/n{{n}}", b"value %d" % n) for n in range({MANY})]
for one in made: one.get()
lab.dashboard()
"""


def test_a_real_lab_with_5000_znodes_is_searched_changed_and_drawn(
    jupyterlab: Any, new_page: Callable[..., Any]
) -> None:
    page = new_page()
    cells = [LAB, "lab.zk.set('/big/n4321', b'changed just now')", "lab['broker-3'].stop()"]
    cells += ["lab['broker-3'].restart()", "assert 'more znodes' in lab.tree.text(); lab.close()"]
    jupyterlab.open(page, cells, "big.ipynb")

    def run(cell: int) -> None:
        """A click into the panel has made its cell the active one."""
        page.evaluate("cell => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell; }", cell)
        jupyterlab.run(page, "notebook:run-cell")

    run(0)
    expect(row(page, "/big")).to_contain_text("5,000 znodes folded", timeout=60_000)
    row(page, "/big").locator(".lk-closed").click()
    expect(row(page, "/big/n0")).to_be_visible()
    field(page).click()
    page.keyboard.type("ab n4321")  # as commands a and b would insert cells
    field(page).fill("big n4321")
    field(page).press("Shift+Enter")  # and this would run one
    expect(row(page, "/big/n4321")).to_contain_text("value 4321")
    expect(page.locator(".jp-CodeCell")).to_have_count(5)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").first).to_have_text("[1]:")
    run(1)
    expect(row(page, "/big/n4321")).to_contain_text("changed just now", timeout=20_000)
    field(page).fill("broker-3")
    boxes(page)
    three = row(page, "/brokers/ids/3")
    expect(three).to_have_attribute("data-state", "live")
    run(2)
    expect(three).to_have_attribute("data-state", "gone", timeout=20_000)
    expect(three).to_have_count(0, timeout=20_000)
    run(3)
    expect(three).to_have_attribute("data-state", "live", timeout=20_000)
    run(4)
    expect(page.locator("[data-note]")).to_contain_text("The lab is closed", timeout=30_000)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(4)).to_have_text("[5]:", timeout=20_000)
    expect(page.locator(".jp-RenderedText[data-mime-type*=error]")).to_have_count(0)
