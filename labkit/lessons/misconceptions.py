"""What people believe of ZooKeeper and the first Kafkas, and is not so. The one place of M1 to M38.

Each is a belief in the words of somebody who holds it. Predictions and exercises name them by number.
"""

from __future__ import annotations

from labkit.errors import LabError

BELIEFS = {
    # sessions and ephemerals
    "M1": "When a process is killed, its znode is gone at once.",
    "M2": "When the TCP connection breaks, the ephemeral znode goes.",
    "M3": "The client knows, and decides, when its session has expired.",
    "M4": "After a reconnect the client library puts my ephemeral znodes back.",
    "M5": "No znode means that the process is dead, and a znode means that it is well.",
    "M6": "A broker may be restarted under its id at once; if that fails, the configuration is wrong.",
    "M7": "A shorter session timeout is simply better.",
    "M8": "An ephemeral znode can have children; or: whoever deletes the parent takes the children with it.",
    # watches
    "M9": "A watch goes on firing until I take it away.",
    "M10": "The event brings the new data with it.",
    "M11": "With a watch I see every change.",
    "M12": "A child watch also tells of new data in a child, or of grandchildren.",
    "M13": "A child watch tells me which child came or went.",
    "M14": "My watches outlive the end of my session; or: every reconnect loses them, whatever the client.",
    "M15": "To read first and set a watch then is the same as to read with the watch.",
    # the part that ZooKeeper plays
    "M16": "The messages go through ZooKeeper.",
    "M17": "Producers ask ZooKeeper where to send, in 0.8 and later, too.",
    "M18": "When ZooKeeper stops, Kafka stops with it.",
    "M19": "Whichever ZooKeeper server I read from, I get the latest value.",
    "M20": "More ZooKeeper servers write faster; and four are safer than three.",
    # partitions and leaders
    "M21": "Consumers may read from followers, so replicas share the load of reading.",
    "M22": "The ISR is the list of replicas; or: the first replica is always the leader.",
    "M23": "ZooKeeper elects the leader of a partition.",
    "M24": "Partition leader, controller and ZooKeeper leader are one and the same.",
    # groups, ownership, rebalance
    "M25": "More consumers always mean more speed.",
    "M26": "Every consumer of a group gets all messages.",
    "M27": "Somebody in the middle hands out the partitions.",
    "M28": "The owner znode locks its partition: nobody else can read it.",
    "M29": "A rebalance moves only what has to move, and disturbs only those concerned.",
    "M30": "If claiming a partition fails, it will sort itself out.",
    # offsets
    "M31": "What is committed has been processed.",
    "M32": "With commits every message comes exactly once, over a restart, too.",
    "M33": "The stored offset is that of the last message read; or: it goes with its consumer.",
    "M34": "auto.offset.reset is applied at every start.",
    "M35": "A new group sees the old messages.",
    "M36": "All offsets are kept under /consumers.",
    # herd
    "M37": "A watch costs nothing, so everybody may watch the parent.",
    "M38": "All watchers see an event at the same instant, and so act on the same picture.",
}


def belief(number: str) -> str:
    """The sentence of a misconception ("M1" to "M38"). LabError for any other."""
    try:
        return BELIEFS[number]
    except KeyError:
        raise LabError(f"misconception {number!r}: there are M1 to M{len(BELIEFS)}, as in 'M6'") from None
