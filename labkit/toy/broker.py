"""A toy broker: it listens on a port and registers in ZooKeeper, as the real one of its era did."""

from __future__ import annotations

import socket
import time

from kazoo.exceptions import NodeExistsError, NoNodeError

from labkit import znodes
from labkit.errors import LabError
from labkit.toy.process import ToyProcess, tell

HOST = "127.0.0.1"


class Broker(ToyProcess):
    """One broker of one era.

    listening -> registered   its ephemeral znode holds the address where it really listens
    listening -> waiting      the znode is there and belongs to its own previous session: a restart came faster
                              than that session's end
    waiting -> registered     the servers ended the old session
    listening -> failed       the znode is there and belongs to anybody else
    registered -> listening   its session expired: it registers again, under the new one
    """

    def __init__(
        self, era: str, broker_id: int, port: int, hosts: str, session_timeout: float, previous_session: int = 0
    ) -> None:
        super().__init__(hosts, session_timeout)
        self.layout = znodes.era(era)
        self.id = broker_id
        self.session_timeout = session_timeout
        self.my_old_session = previous_session
        self.listener = listen(broker_id, port)

    def begin(self) -> None:
        """Make the permanent parents of the era, then register."""
        for path in self.layout.common_paths:
            self.zk.retry(self.zk.ensure_path, path)
        self.register()

    def register(self) -> None:
        """Create the ephemeral znode. If it is there already, only ever wait for a session of our own."""
        path = self.layout.broker.path(self.id)
        port = self.listener.getsockname()[1]
        value = self.layout.broker.encode(znodes.Broker(HOST, port, timestamp=round(time.time() * 1000)))
        try:
            self.zk.retry(self.zk.create, path, value, ephemeral=True)
        except NodeExistsError:
            if not self.holds(path):
                return
        self.my_old_session = self.zk.session_id or 0  # the one to wait for, should this one expire under us
        tell("registered", path=path, value=value.decode(), session=self.my_old_session)

    def holds(self, path: str) -> bool:
        """True if the znode is ours already; False if it will be tried again; else it is somebody else's."""
        try:
            data, stat = self.zk.retry(self.zk.get, path)
        except NoNodeError:
            self.mailbox.put(self.register)  # gone between create and get
            return False
        if stat.ephemeralOwner == self.zk.session_id:
            return True  # the reply to our create was lost with the connection, the znode was not
        if stat.ephemeralOwner != self.my_old_session:
            raise LabError(already_registered(self.id, path, data, stat.ephemeralOwner))
        tell("waiting", path=path, session=stat.ephemeralOwner, because=f"{path} still hangs on its own old session")
        # exists() says whether the watch came too late, so nothing falls between; a disconnect fires it as well.
        if not self.zk.retry(self.zk.exists, path, watch=lambda _: self.mailbox.put(self.register)):
            self.mailbox.put(self.register)
        return False


def listen(broker_id: int, port: int) -> socket.socket:
    """A socket that listens on `port`; clients find it there once the broker has registered."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as e:
        raise LabError(
            f"broker {broker_id} cannot listen on {HOST}:{port}: {e.strerror}. Choose another port, or free it."
        ) from e
    listener.listen()
    return listener


def already_registered(broker_id: int, path: str, data: bytes, session: int) -> str:
    """Kafka's own words for it, then what Kafka did not say: by whom, and what to do."""
    return (
        f"A broker is already registered on the path {path}: {data.decode(errors='replace')!r}, held by session "
        f"0x{session:x}. This probably indicates that broker id {broker_id} is already in use, or that this broker was "
        "shut down and restarted faster than ZooKeeper's session timeout. Choose another id, or stop the other broker "
        "first, or wait until its session has timed out."
    )
