"""The text form of tree and processes, and the DOT picture."""

from __future__ import annotations

from typing import Any

from labkit.widgets.picture import dot_source
from labkit.widgets.text import natural_key, processes_text, tree_text


def znode(value: str = "", owner: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value, "owner": owner, "cut": False} | more


def view(znodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"seq": 1, "root": "/lab-7f3a", "note": "", "znodes": znodes, "sessions": {}, "watches": {}} | more


BROKER = view(
    {"/brokers": znode(), "/brokers/ids": znode(), "/brokers/ids/1": znode("127.0.0.1-1:127.0.0.1:9092", "0x1")},
    sessions={"0x1": {"process": "broker-1", "state": "live"}},
)


def test_ids_are_sorted_as_numbers() -> None:
    names = ["10", "9", "broker-10", "broker-9", "1", "a", ""]
    assert sorted(names, key=natural_key) == ["", "1", "9", "10", "a", "broker-9", "broker-10"]


def test_the_tree_as_text() -> None:
    assert tree_text(BROKER).splitlines() == [
        "/lab-7f3a",
        "└─ brokers",
        "   └─ ids",
        "      └─ 1 = 127.0.0.1-1:127.0.0.1:9092   (ephemeral, broker-1)",
    ]


def test_branches_continue_beside_their_siblings() -> None:
    znodes = {"/a": znode(), "/a/x": znode(), "/b": znode(), "/a/y": znode()}
    assert tree_text(view(znodes)).splitlines()[1:] == ["├─ a", "│  ├─ x", "│  └─ y", "└─ b"]


def test_an_empty_tree_says_so() -> None:
    assert tree_text(view({})) == "/lab-7f3a\n   (no znodes yet)"


def test_a_parent_that_is_missing_is_drawn_all_the_same() -> None:
    assert tree_text(view({"/a/b": znode("1")})).splitlines()[1:] == ["└─ a", "   └─ b = 1"]


def test_long_and_odd_values_stay_on_one_short_line() -> None:
    line = tree_text(view({"/a": znode("x\n" * 100)})).splitlines()[1]
    assert len(line) < 60
    assert line.endswith("…")
    assert tree_text(view({"/a": znode("00ff", binary=True)})).endswith("a = 0x00ff")


def test_watchers_silence_and_the_note_are_said() -> None:
    told = tree_text(
        BROKER
        | {
            "note": "ZooKeeper does not answer",
            "sessions": {"0x1": {"process": None, "state": "silent"}},
            "watches": {"/brokers/ids": [{"who": "consumer-1", "kind": "child"}]},
        }
    )
    assert "ids   (watched by consumer-1 (child))" in told
    assert "(ephemeral, 0x1; session silent)" in told
    assert told.endswith("note: ZooKeeper does not answer")


def test_a_huge_tree_is_cut_and_says_by_how_much() -> None:
    lines = tree_text(view({f"/n{number}": znode() for number in range(10_000)}), limit=50).splitlines()
    assert len(lines) == 52
    assert lines[-1] == "└─ … and 9,950 more znodes"


def test_of_a_big_tree_every_branch_shows_something() -> None:
    brokers = {f"/brokers/{number}": znode() for number in range(3)}
    text = tree_text(view({f"/big/n{number}": znode() for number in range(5_000)} | brokers), limit=20)
    assert "│  ├─ n14\n│  └─ … and 4,985 more znodes\n└─ brokers\n" in text
    assert text.endswith("   ├─ 0\n   ├─ 1\n   └─ 2")
    assert len(text.splitlines()) == 1 + 20 + 1


def test_a_deep_tree_is_cut_at_the_end() -> None:
    lines = tree_text(view({"/d" * depth: znode() for depth in range(1, 401)}), limit=50).splitlines()
    assert len(lines) == 1 + 51 + 1
    assert lines[-1].endswith("└─ … and 349 more znodes")


def test_the_picture_of_a_big_tree_is_small_and_says_what_is_left_out() -> None:
    dot = dot_source(view({f"/big/n{number}": znode() for number in range(5_000)} | {"/a": znode()}))
    assert dot.count("->") <= 152
    assert 'label="… and 4,852 more znodes"' in dot
    assert '"/a" [' in dot


def test_processes_as_text() -> None:
    processes = [
        {"name": "broker-1", "state": "running", "pid": 12, "session": "live", "detail": "127.0.0.1:9092", "verbs": []},
        {"name": "b2", "state": "dead", "pid": None, "session": "", "detail": "", "verbs": []},
    ]
    assert processes_text(processes, "b2 is dead").splitlines() == [
        "●  broker-1  running  pid 12, 127.0.0.1:9092, session live",
        "✕  b2        dead",
        "b2 is dead",
    ]
    assert processes_text([]) == "(no processes yet)"


def test_the_picture_names_owners_and_strikes_the_dead() -> None:
    dot = dot_source(BROKER, gone={"/brokers/ids/2": znode("old & <odd>", "0x2"), "/brokers/ids/1": znode()})
    assert dot.count("->") == 4
    alive = next(line for line in dot.splitlines() if line.startswith('  "/brokers/ids/1" ['))
    dead = next(line for line in dot.splitlines() if line.startswith('  "/brokers/ids/2" ['))
    assert "ephemeral of broker-1" in alive
    assert "dashed" in alive
    assert "<S>" not in alive
    assert "<S>" in dead
    assert "old &amp; &lt;odd&gt;" in dead


def test_the_picture_survives_any_name() -> None:
    dot = dot_source(view({'/a"b\\c\x01': znode("\x00")}))
    assert '"/a\\"b\\\\c\x01"' in dot
