"""What a kind of znode is, whatever its path: the table of kinds themselves is `znodes.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from labkit._names import (
    check_broker_id,
    check_consumer_id,
    check_group,
    check_partition,
    check_partition_id,
    check_topic,
    check_whole,
)
from labkit.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from labkit._codecs import Codec

V = TypeVar("V")
Parameters = dict[str, str | int]

_PARAMETER = re.compile(r"\{(\w+):?(\w*)\}")
_NUMBER, _NAME = "0|[1-9][0-9]{0,9}", "[^/]+"

# What each parameter looks like in a path that exists (real Kafka 0.7 allowed stranger names than the lab makes), …
_LOOKS = {
    "broker": _NUMBER,
    "partition": _NUMBER,
    "pair": r"[0-9]+-[0-9]+",
    "sequence": "[0-9]{10}",
    "topic": _NAME,
    "group": _NAME,
    "consumer": _NAME,
}
# … and what makes one for a new path.
_CHECKS: dict[str, Callable[[object], object]] = {
    "broker": lambda given: check_broker_id(_as_number(given)),
    "partition": lambda given: check_partition(_as_number(given)),
    "pair": check_partition_id,
    "sequence": lambda given: f"{check_whole('sequence', _as_number(given), 0):010d}",
    "topic": check_topic,
    "group": check_group,
    "consumer": check_consumer_id,
}


class BadZnode(LabError):  # noqa: N818 - it names what is bad, as LabError names whose it is
    """A znode holds data that its kind cannot hold; the text names the path, what was found, what was expected."""


@dataclass(frozen=True)
class Kind(Generic[V]):
    """One kind of znode: where it stands, what it holds, whether it goes with its session, what it means.

    In `template` a word in braces is a parameter: `{topic}`; `{partition:pair}` is a partition named as in 0.7.
    """

    template: str
    codec: Codec[V]
    meaning: str
    source: str
    ephemeral: bool = False
    name: str = field(default="", compare=False)

    def __set_name__(self, owner: type, name: str) -> None:
        """Takes the name of the attribute of the layout, and tells all of itself to `help` and to `layout.broker?`."""
        life = "ephemeral" if self.ephemeral else "persistent"
        told = f"`{self.template}` ({life}) = {self.codec.shape}\n\n{self.meaning}\n\nSource: {self.source}."
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "__doc__", told)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters of `path`, in order."""
        return tuple(name for name, _ in _PARAMETER.findall(self.template))

    @property
    def prefix(self) -> str:
        """The path up to the first parameter: what to hand to ZooKeeper for a sequential znode, which adds the rest."""
        return self.template.partition("{")[0]

    def path(self, *values: str | int) -> str:
        """The path for these parameters, in order; numbers may be text, as children's names are. LabError if bad."""
        if len(values) != len(self.parameters):
            raise LabError(
                f"{self.name}.path{values}: expected {len(self.parameters)} values "
                f"({', '.join(self.parameters)}) for {self.template}; give them in this order"
            )
        rest = iter(values)
        return _PARAMETER.sub(lambda match: str(_CHECKS[match[2] or match[1]](next(rest))), self.template)

    def encode(self, value: V) -> bytes:
        """The exact bytes that this era's Kafka writes. LabError if it could not write this value."""
        if not isinstance(value, self.codec.type):
            raise LabError(
                f"{self.name}: given {_cut(repr(value))}, expected {self.codec.type.__name__}; "
                f"it is written as {self.codec.shape}"
            )
        try:
            return self.codec.write(value).encode()
        except (ValueError, LabError) as why:
            raise LabError(f"{self.name}: {why} (given {_cut(repr(value))})") from why

    def decode(self, data: bytes | None, path: str = "") -> V:
        """What the bytes say; None counts as empty. BadZnode if they are broken: pass `path` to have it named there."""
        try:
            return self.codec.read((data or b"").decode())
        except (ValueError, LabError) as why:
            found = "no data" if not data else _cut(data.decode(errors="backslashreplace"))
            raise BadZnode(
                f"{path or self.template}: found {found}, expected {self.codec.shape} "
                f"({_cut(str(why))}); see who wrote it, then delete it or write it anew"
            ) from why

    def match(self, path: str) -> Parameters | None:
        """The parameters, if this path is of this kind; numbers as int."""
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        looks = {name: _LOOKS[form or name] for name, form in _PARAMETER.findall(self.template)}
        return {name: int(text) if looks[name] == _NUMBER else text for name, text in match.groupdict().items()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(_PARAMETER.sub(lambda part: f"(?P<{part[1]}>{_LOOKS[part[2] or part[1]]})", self.template))


@dataclass(frozen=True)
class Recognised:
    """A path, the kind that it is of, and its parameters, e.g. `{"broker": 3}`."""

    path: str
    kind: Kind[Any]
    parameters: Parameters

    @property
    def meaning(self) -> str:
        """What this znode says, in a sentence for the learner."""
        return self.kind.meaning.format(**self.parameters)


def _as_number(given: object) -> object:
    canonical = isinstance(given, str) and re.fullmatch(_NUMBER, given)
    return int(given) if isinstance(given, str) and canonical else given


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
