"""`labkit …` on a command line: the toy processes, and the tools beside the notebooks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from labkit.errors import LabError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (1 with one sentence on stderr for a LabError)."""
    options = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except LabError as e:
        print(f"labkit: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labkit", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    broker = commands.add_parser("broker", help="one toy broker, as the lab starts it")
    broker.add_argument("id", type=int, help="broker id, unique in its ZooKeeper")
    broker.add_argument("--zookeeper", required=True, metavar="HOST:PORT[,…][/CHROOT]")
    broker.add_argument("--era", required=True, help="0.7 or 0.8")
    broker.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1; 0: any free port")
    broker.add_argument("--session-timeout", type=float, default=2.0, metavar="SECONDS")
    broker.add_argument("--previous-session", type=_session, default=0, metavar="0x…", help="its own, to be waited for")
    broker.add_argument("--lab", default="", metavar="FOLDER", help="the lab that it belongs to; `clean` goes by it")
    broker.set_defaults(command=_broker)
    answer = commands.add_parser("answer", help="call a learner's function, as an exercise does")
    answer.add_argument("file", help="the function and its arguments, pickled")
    answer.add_argument("--zookeeper", required=True, metavar="HOST:PORT[,…][/CHROOT]")
    answer.add_argument("--session-timeout", type=float, default=2.0, metavar="SECONDS")
    answer.add_argument("--lab", default="", metavar="FOLDER", help="the lab that it belongs to; `clean` goes by it")
    answer.set_defaults(command=_answer)
    member = commands.add_parser("member", help="one member that runs a learner's functions, as a lesson starts it")
    member.add_argument("name", help="what it is called")
    member.add_argument("files", nargs="+", metavar="FILE", help="join and, if there is one, beat; pickled")
    member.add_argument("--zookeeper", required=True, metavar="HOST:PORT[,…][/CHROOT]")
    member.add_argument("--session-timeout", type=float, default=2.0, metavar="SECONDS")
    member.add_argument("--lab", default="", metavar="FOLDER", help="the lab that it belongs to; `clean` goes by it")
    member.set_defaults(command=_member)
    progress = commands.add_parser("progress", help="what you have done of the course, by lesson and by misconception")
    progress.set_defaults(command=_progress)
    clean = commands.add_parser("clean", help="end what crashed labs left behind, and remove its data")
    clean.set_defaults(command=_clean)
    tree = commands.add_parser("tree", help="the znodes of any ensemble, as a tree")
    tree.add_argument("zookeeper", metavar="HOST:PORT[,…][/CHROOT]")
    tree.add_argument("--watch", action="store_true", help="draw it anew whenever it changes, until Ctrl-C")
    tree.add_argument("--era", default="0.8", help="0.7 or 0.8: whose znodes they are")
    tree.set_defaults(command=_tree)
    farewell = commands.add_parser("farewell", help="remove what a lab made in an ensemble that is not its own")
    farewell.add_argument("hosts", metavar="HOST:PORT[,…]")
    farewell.add_argument("path", help="the lab's own znode: it goes with all below it")
    farewell.add_argument("parents", nargs="*", help="znodes above it: each goes if it is empty")
    farewell.set_defaults(command=_farewell)
    _doctor_options(commands.add_parser("doctor", help="what is there, what is missing, what to do about it"))
    _pack_options(commands.add_parser("pack", help="one archive that `./lab` installs from without any network"))
    return parser


def _doctor_options(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--environment", default=sys.prefix, metavar="FOLDER", help="./lab says this and the next two")
    doctor.add_argument("--state", default="whole", metavar="WORD")
    doctor.add_argument("--python-lacks", default="", metavar="SENTENCE")
    doctor.set_defaults(command=_doctor)


def _pack_options(pack: argparse.ArgumentParser) -> None:
    pack.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="new, .tar.gz; named after this machine if absent"
    )
    pack.add_argument("--with-tests", action="store_true", help="with what ./lab test needs (but for Chromium)")
    pack.set_defaults(command=_pack)


def _session(text: str) -> int:
    return int(text, 16)


def _broker(o: argparse.Namespace) -> int:
    from labkit.toy.broker import Broker
    from labkit.toy.process import tell

    try:
        broker = Broker(o.era, o.id, o.port, o.zookeeper, o.session_timeout, o.previous_session)
    except LabError as e:
        tell("error", message=str(e))
        return 1
    return broker.run()


def _answer(o: argparse.Namespace) -> int:
    from labkit.lessons.answer import run

    return run(o.file, o.zookeeper, o.session_timeout)


def _member(o: argparse.Namespace) -> int:
    from labkit.lessons.member import run

    return run(o.name, o.files, o.zookeeper, o.session_timeout)


def _progress(_: argparse.Namespace) -> int:
    from labkit.lessons.report import lines

    for line in lines():
        print(line)
    return 0


def _clean(_: argparse.Namespace) -> int:
    from labkit.leftovers import clean

    for line in clean():
        print(line)
    return 0


def _tree(o: argparse.Namespace) -> int:
    from labkit.widgets.terminal import show

    show(o.zookeeper, o.era, o.watch)
    return 0


def _farewell(o: argparse.Namespace) -> int:
    from labkit.zookeeper import chroots, place

    place.chosen(o.hosts)
    chroots.remove(o.hosts, [o.path, *o.parents])
    return 0


def _doctor(o: argparse.Namespace) -> int:
    from labkit.doctor import case, diagnose

    can_run = diagnose(case(o.environment, o.state, o.python_lacks), say=lambda line: print(line, flush=True))
    return 0 if can_run else 1


def _pack(o: argparse.Namespace) -> int:
    from labkit.pack import pack

    done = pack(o.file, o.with_tests, say=lambda line: print(line, flush=True))
    size = done.stat().st_size / 1e6
    print(f"{size:.0f} MB. On another machine of this kind: unpack it with `tar xf`, and run ./lab in its folder.")
    return 0
