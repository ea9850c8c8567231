"""The line below the buttons says what happened, and what ZooKeeper will do about it."""

from __future__ import annotations

from labkit import Lab
from labkit.widgets.live import LiveDashboard


def line_of(dashboard: LiveDashboard, lab: Lab, part: str) -> str:
    """The line with `part` in it, the present one or one just before: two things may happen at once."""

    def found() -> list[str]:
        return [line for line in (*dashboard.controls.history, dashboard.controls.line) if part in line]

    return str(lab.wait_until(found, f"a line says {part!r}")[-1])


def test_the_line_follows_a_brokers_deaths(anywhere: Lab) -> None:
    dashboard = anywhere.dashboard()
    broker = anywhere.start_broker(1)
    line_of(dashboard, anywhere, "broker-1 registered: /brokers/ids/1 is there")
    broker.kill()
    said = line_of(dashboard, anywhere, "broker-1 was killed (SIGKILL) and told nobody")
    assert "ZooKeeper ends its session in about" in said
    assert "/brokers/ids/1" in said
    line_of(dashboard, anywhere, "s after the kill ZooKeeper ended the session of broker-1")
    broker.restart()
    broker.pause()
    line_of(dashboard, anywhere, "its heartbeats have ceased")
    broker.resume()
    line_of(dashboard, anywhere, "in time: its session still lives")
    broker.expire()
    anywhere.wait_until(lambda: any(e["event"] == "expired" for e in broker.events), "it has noticed")
    broker.stop()
    line_of(dashboard, anywhere, "it closed its session")


def test_buttons_do_verbs_and_say_what_went_wrong(lab07: Lab) -> None:
    dashboard = lab07.dashboard()
    broker = lab07.start_broker(1)
    lab07.wait_until(lambda: [p["name"] for p in dashboard.controls.processes] == ["zookeeper-1", "broker-1"], "rows")
    lab07.wait_until(lambda: "kill" in dashboard.controls.processes[1]["verbs"], "the buttons of a running broker")
    thread = dashboard.controls.press("broker-1", "kill")
    assert thread
    thread.join()
    assert broker.state == "dead"
    lab07.wait_until(lambda: dashboard.controls.processes[1]["verbs"] == ["restart"], "only restart makes sense now")
    row = dashboard.controls.processes[1]
    assert (row["state"], row["pid"], row["session"]) == ("dead", None, "silent")


def test_a_closed_lab_keeps_its_last_picture(lab07: Lab) -> None:
    dashboard = lab07.dashboard()
    lab07.start_broker(1)
    line_of(dashboard, lab07, "broker-1 registered")
    lab07.close()
    assert "closed" in dashboard.controls.line
    assert not [line for line in dashboard.controls.history if "killed" in line or "ends its session" in line]
    assert [p["state"] for p in dashboard.controls.processes] == ["dead", "dead"]
    assert not any(p["verbs"] for p in dashboard.controls.processes)
    assert "/brokers/ids/1" in dashboard.view.view()["znodes"]
    assert "closed" in dashboard.view.view()["note"]


def test_while_no_server_answers_nobody_counts_and_nothing_is_promised(lab07: Lab) -> None:
    dashboard = lab07.dashboard()
    broker = lab07.start_broker(1)
    broker.pause()
    lab07.servers[0].kill()

    def sessions() -> list[dict[str, object]]:
        return [s for s in dashboard.view.view()["sessions"].values() if s["process"] == "broker-1"]

    lab07.wait_until(lambda: [s["left"] for s in sessions()] == [None], "there is no countdown any more")
    assert sessions()[0]["state"] == "silent"
    broker.kill()
    line_of(dashboard, lab07, "when a server is back and counts")
    lab07.servers[0].restart()
    lab07.wait_until(lambda: "/brokers/ids/1" not in lab07.tree.snapshot(), "it counts again")
