"""Lab: one ZooKeeper, many processes, the verbs."""

from __future__ import annotations

import atexit
import contextlib
import errno
import itertools
import os
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from labkit import farewells, znodes
from labkit.checks import checked_name, checked_servers, checked_timeout
from labkit.client import TracedClient
from labkit.errors import LabError
from labkit.guarding import Guard
from labkit.leftovers import disk_full, new_folder
from labkit.members import Broker, Member
from labkit.ports import free_port, is_free
from labkit.processes import Event, Process
from labkit.recorder import Recorder
from labkit.tree import LiveTree
from labkit.waiting import wait_until
from labkit.zookeeper.choose import ensemble
from labkit.zookeeper.ensemble import Ensemble
from labkit.zookeeper.heartbeats import EVERY, Heartbeats
from labkit.zookeeper.place import Place, chosen

if TYPE_CHECKING:
    from labkit.widgets.live import LiveDashboard

OWN_SESSION = 30.0  # seconds, of lab.zk: a cell that holds the GIL for a while must not cost the learner's session


class Lab:
    """A ZooKeeper of its own (or a chroot of its own in one), and the processes that use it.

        open -> closed   close(), the end of a `with` block, or the end of the kernel, however that comes

    `era` is "0.7" or "0.8" (the default). `session_timeout` (seconds) is that of the processes; None: 2.0, or the
    nearest that the servers grant. `zookeeper` is None ($LABKIT_ZOOKEEPER, else "local"), "local", "docker", or
    "host:port[,host:port…][/chroot]", an ensemble that already runs. `servers` is 1 or 3. `name` names the lab's own
    znode, in which all of it happens. All errors are `LabError`.
    """

    def __init__(
        self,
        era: str = "0.8",
        *,
        servers: int = 1,
        zookeeper: str | None = None,
        session_timeout: float | None = None,
        name: str | None = None,
    ) -> None:
        znodes.era(era)
        self.era = era
        self.name = checked_name(name)
        place = chosen(zookeeper)
        count = checked_servers(servers, place)
        if place.kind != "external":
            checked_timeout(session_timeout, Ensemble)  # before anything is started, where we know what they grant
        self.recorder = Recorder()
        self.errors: list[BaseException] = []
        self._raised = 0
        self._closed = False
        self._processes: dict[str, Process] = {}
        self._dashboard: LiveDashboard | None = None
        self._stack = contextlib.ExitStack()
        try:
            self._open(place, count, session_timeout)
        except BaseException as e:
            self._give_up(e)
            raise
        atexit.register(self.close)
        self._stack.callback(atexit.unregister, self.close)

    def _open(self, place: Place, count: int, session_timeout: float | None) -> None:
        self._stack.callback(self._stop_dashboard)  # last of all: it shows the end, too
        folder = new_folder(self.name)
        self.folder_name = str(folder)
        self.guard = Guard(folder, self.report)
        self._stack.callback(self.guard.close)
        self._stack.callback(self._say_farewell, folder)
        self._stack.callback(self._end_processes)
        self.ensemble = ensemble(place, count, folder, self.guard, self.told)
        self.servers = self.ensemble.servers
        self.ensemble.start()
        self.session_timeout = checked_timeout(session_timeout, self.ensemble)
        path = f"{self.ensemble.chroot}/{self.name}"
        self.ensemble.claim(path)
        self.hosts = self.ensemble.hosts + path
        self._follow_tree()
        self._zk = TracedClient(self.hosts, min(OWN_SESSION, self.ensemble.longest), self._zk_told)
        self._stack.callback(self._zk.close)
        self._stack.callback(self._zk.stop)
        self._zk.start(timeout=10)
        self._follow_sessions()
        self._say_notices()

    def _give_up(self, e: BaseException) -> None:
        """Take back what was begun; raises where there is more to say than the error itself says."""
        try:
            self._stack.close()
        except LabError as also:
            raise LabError(f"{e}\nBesides: {also}") from e
        if isinstance(e, OSError):
            full = e.errno == errno.ENOSPC
            raise LabError(disk_full() if full else f"the lab could not be opened: {e}") from e

    def _follow_tree(self) -> None:
        heartbeats = Heartbeats(self.ensemble.addresses, self.ensemble.tick)
        self.tree = LiveTree(self.hosts, heartbeats, self.report, self.era, self.ensemble.silence)
        self._stack.callback(self.tree.close)
        self.tree.start()

    def _follow_sessions(self) -> None:
        self._look_at_servers()
        self._looking = threading.Event()
        looker = threading.Thread(target=self._look_at_sessions, name="labkit-sessions", daemon=True)
        looker.start()
        self._stack.callback(looker.join)
        self._stack.callback(self._looking.set)

    def _say_notices(self) -> None:
        """What this ensemble does not allow, once, where the learner looks: below the cell, and in the trace."""
        usual = checked_timeout(None, Ensemble)
        if self.session_timeout == checked_timeout(None, self.ensemble) != usual:
            self.ensemble.notices.append(
                f"This ensemble grants no session of {usual:g} s: the processes have {self.session_timeout:g} s, so "
                "everything that waits for the end of a session takes that long."
            )
        for notice in self.ensemble.notices:
            self.recorder.append("notice", message=notice)
            print(notice)

    def _end_processes(self) -> None:
        for process in self._processes.values():
            process.kill()

    def _say_farewell(self, folder: Path) -> None:
        """Take away what is not in our folder; what cannot be is said, and left for `labkit clean`."""
        failures = farewells.keep(folder)
        farewells.leave(folder)
        if failures:
            raise LabError(
                "the lab is closed, but what it made elsewhere could not be taken away; `./lab clean` tries it again: "
                + "; ".join(failures)
            )

    def close(self) -> None:
        """End every process and the ZooKeeper, remove all data. Idempotent; raises what no call has raised yet."""
        if self._closed:
            return
        self._closed = True
        self._stack.close()
        self._raise_errors()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.close()
        except LabError:
            if error is None:
                raise

    @property
    def closed(self) -> bool:
        """True from the moment in which it is being closed."""
        return self._closed

    @property
    def zk(self) -> TracedClient:
        """A connected kazoo client, rooted at this lab's chroot."""
        self._must_be_open()
        return self._zk

    # --- processes

    @property
    def processes(self) -> Mapping[str, Process]:
        """Every process of the lab by name, the servers first, ended ones included."""
        return {**{server.name: server for server in self.servers}, **self._processes}

    def __getitem__(self, name: str) -> Process:
        try:
            return self.processes[name]
        except KeyError:
            raise LabError(f"no process named {name!r} in this lab: there are {', '.join(self.processes)}") from None

    def start_broker(
        self, broker_id: int, *, topics: Mapping[str, int] | None = None, port: int | None = None
    ) -> Broker:
        """Start one broker; returns when it is registered. `port` on 127.0.0.1, or any free one."""
        return self._start_brokers([broker_id], topics, port)[0]

    def start_brokers(self, broker_ids: Sequence[int]) -> list[Broker]:
        """Start several brokers side by side; returns when all are registered, or raises and keeps none of them."""
        return self._start_brokers(list(broker_ids), None, None)

    def _start_brokers(self, ids: list[int], topics: Mapping[str, int] | None, port: int | None) -> list[Broker]:
        self._must_be_open()
        for broker_id in ids:
            znodes.check_broker_id(broker_id)
        if len(set(ids)) != len(ids):
            raise LabError(f"broker ids {ids}: each must be different from the others")
        if topics:
            raise LabError(
                "topics= is not there yet: this version of the lab registers brokers only (see the README's map)"
            )
        if port is not None and not (isinstance(port, int) and 0 < port < 65536 and is_free(port)):
            raise LabError(
                f"port {port!r} cannot be had on 127.0.0.1: give a free one from 1 to 65535, or none for any"
            )
        new = [Broker(self._free_name(f"broker-{i}"), i, port or free_port(), self) for i in ids]
        self._launch(new)
        return new

    def start_processes(self, new: Sequence[Process]) -> None:
        """Start processes of any kind side by side, as the lab's own; returns when all are ready, or keeps none."""
        self._must_be_open()
        self._launch(new)

    def _launch(self, new: Sequence[Process]) -> None:
        """Start all, then wait for all; if one gives up, none stays."""
        replaced = {p.name: self._processes.get(p.name) for p in new}
        try:
            for process in new:
                self._processes[process.name] = process
                process.launch()
            for process in new:
                process.await_ready()
        except BaseException as e:
            for process in new:
                process.kill()
                self._put_back(process.name, replaced[process.name])
            if isinstance(e, LabError):
                raise LabError(self._with_names(str(e))) from None
            raise

    def _put_back(self, name: str, before: Process | None) -> None:
        self._processes.pop(name, None)
        if before:
            self._processes[name] = before

    def _free_name(self, name: str) -> str:
        """`broker-3`, or `broker-3.2` while another process of that name lives: ZooKeeper has to judge that, not we."""
        names = [name, *(f"{name}.{n}" for n in range(2, 100))]
        return next(n for n in names if n not in self._processes or not self._processes[n].alive)

    # --- looking

    def wait_until(self, condition: Callable[[], Any], because: str, timeout: float = 10.0) -> Any:
        """Return the first true value of `condition()`; after `timeout` seconds a LabError with `because` in it."""
        self._must_be_open()

        def look() -> Any:
            self._raise_errors()
            return condition()

        return wait_until(look, because, timeout, self._summary)

    def dashboard(self) -> LiveDashboard:
        """The tree and the controls as one widget; the same one each time."""
        from labkit.widgets.live import LiveDashboard  # a lab without a notebook needs no widgets

        self._must_be_open()
        if self._dashboard is None:
            self._dashboard = LiveDashboard(self)
        return self._dashboard

    def _stop_dashboard(self) -> None:
        if self._dashboard:
            self._dashboard.stop()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self._closed and self._dashboard is None:
            return {"text/plain": repr(self)}
        return (self._dashboard or self.dashboard())._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"<Lab {self.name} era {self.era}, {'closed' if self._closed else self.hosts}>"

    # --- told by processes, from their reader thread

    def told(self, process: Process, event: Event) -> None:
        """Take in one event of a process: the trace has it, the tree knows its sessions and watches by it."""
        if event.get("verb") in ("kill", "pause") and hasattr(self, "tree"):  # servers end before it if they fail
            self.tree.look()  # the last moment at which the servers can say when they heard it last
        if isinstance(process, Member):
            self._tree_told(process, event)
        facts = {key: value for key, value in event.items() if key not in ("t", "event")}
        self.recorder.append(event["event"], process=process.name, **facts)
        if event["event"] == "watch-failed":
            self.report(LabError(f"an error in a watch of {process.name}:\n{event['error']}"))
        if event.get("crashed"):
            self.report(LabError(f"{process.name} {process.how_it_ended()} by itself{process.last_words()}"))

    def _tree_told(self, process: Member, event: Event) -> None:
        session = process.session_id
        self.tree.watches.event(process.name, event)
        if event["event"] == "exited":
            self.tree.watches.forget(process.name)
        if session is None:
            return
        match event["event"]:
            case "session":
                self.tree.sessions.belongs(session, process.name, process.pid, event["timeout"])
            case "expired":
                self.tree.sessions.ended(event["session"])
            case "closed" if self.tree.unreachable_since is None:
                self.tree.sessions.ended(session)  # what fails by its own error still says goodbye
            case "paused":
                self.tree.sessions.silenced(session, "paused")
            case "resumed":
                self.tree.sessions.heard(session)
            case "exited" if event["code"] == 0 and self.tree.unreachable_since is None:
                self.tree.sessions.ended(session)
            case "exited" if self.tree.sessions.get(session).state != "gone":
                self.tree.sessions.silenced(session, "killed" if event["code"] else "ended")

    def report(self, error: BaseException) -> None:
        """An error in a thread: kept, and raised by the next call of the lab."""
        self.errors.append(error)
        self.recorder.append("error", message=str(error) or repr(error))

    def _zk_told(self, event: str, **facts: Any) -> None:
        facts.pop("password", None)
        error = facts.get("error")
        self.recorder.append(event, process="lab.zk", **{**facts, **({"error": repr(error)} if error else {})})
        self.tree.watches.event("lab.zk", {"event": event, **facts})
        if event == "session":
            self.tree.sessions.belongs(facts["session"], "lab.zk", os.getpid(), facts["timeout"])
        if error:
            self.report(error)

    def _look_at_sessions(self) -> None:
        for look in itertools.count():
            if self._looking.wait(EVERY):
                return
            try:
                self.tree.look()
                self._look_at_servers()
                if look % 4 == 0:
                    self.tree.foreign_watches(self.ensemble.data_watches())
            except Exception as e:  # noqa: BLE001 - it belongs where the learner is
                self.report(e)

    def _look_at_servers(self) -> None:
        """Their modes go into the trace; their zxids change with every write, and only the dashboard shows them."""
        modes = {server: server.mode for server in self.servers}
        changed = self.ensemble.look()
        for server in changed:
            if server.mode != modes[server]:
                self.recorder.append("mode", process=server.name, mode=server.mode)
        if deserted := self.ensemble.deserted():
            self.tree.leave(deserted)
            self._zk.leave(deserted)
        if changed and self._dashboard:
            self._dashboard.refresh()

    # --- inside

    def _raise_errors(self) -> None:
        """Raise what threads have reported and no call has raised yet."""
        new = self.errors[self._raised :]
        self._raised += len(new)
        if new:
            lines = "\n".join(
                "".join(traceback.format_exception(e)).rstrip() if not isinstance(e, LabError) else str(e) for e in new
            )
            raise LabError(f"while you were busy elsewhere: {lines}") from new[0]

    def _must_be_open(self) -> None:
        if self._closed:
            raise LabError(
                f"this lab ({self.name}) is closed and everything of it is gone: open a new Lab() "
                "(in a notebook: run it again from its first cell)"
            )
        self._raise_errors()

    def _with_names(self, text: str) -> str:
        """Beside the number of a session, the process that has it."""
        for process in self._processes.values():
            if isinstance(process, Member) and process.session_id:
                owner = f"0x{process.session_id:x}"
                text = text.replace(f"session {owner}", f"session {owner} of {process.name} ({process.state})")
        return text

    def _summary(self) -> str:
        states = ", ".join(f"{p.name} {p.state}" for p in self.processes.values())
        return f"the processes: {states}; the znodes: {', '.join(self.tree.last()) or 'none'}"
