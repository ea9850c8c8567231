"""The line below the buttons says what happened, and what ZooKeeper will do about it."""

from __future__ import annotations

from labkit import Lab
from labkit.widgets.live import LiveDashboard


def line_of(dashboard: LiveDashboard, lab: Lab, part: str) -> str:
    lab.wait_until(lambda: part in dashboard.controls.line, f"the line says {part!r}: {dashboard.controls.line!r}")
    return str(dashboard.controls.line)


def test_the_line_follows_a_brokers_deaths(lab07: Lab) -> None:
    dashboard = lab07.dashboard()
    broker = lab07.start_broker(1)
    line_of(dashboard, lab07, "broker-1 registered: /brokers/ids/1 is there")
    broker.kill()
    said = line_of(dashboard, lab07, "broker-1 was killed (SIGKILL) and told nobody")
    assert "ZooKeeper ends it in about" in said
    assert "/brokers/ids/1" in said
    line_of(dashboard, lab07, "s after the kill the servers ended the session of broker-1")
    broker.restart()
    broker.pause()
    line_of(dashboard, lab07, "its heartbeats have ceased")
    broker.resume()
    line_of(dashboard, lab07, "in time: its session still lives")
    broker.expire()
    lab07.wait_until(lambda: any(e["event"] == "expired" for e in broker.events), "it has noticed")
    broker.stop()
    line_of(dashboard, lab07, "it closed its session")


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
    lab07.close()
    assert "closed" in dashboard.controls.line
    assert [p["state"] for p in dashboard.controls.processes] == ["dead", "dead"]
    assert not any(p["verbs"] for p in dashboard.controls.processes)
    assert "/brokers/ids/1" in dashboard.view.view()["znodes"]
    assert "closed" in dashboard.view.view()["note"]
