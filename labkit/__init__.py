"""labkit: a real ZooKeeper, toy Kafka processes, and the verbs to break them. `from labkit import Lab`."""

from typing import TYPE_CHECKING, Any

from labkit.errors import LabError

if TYPE_CHECKING:
    from labkit.lab import Lab

__all__ = ["Lab", "LabError"]


def __getattr__(name: str) -> Any:
    # A toy process imports this package too, and must not pay for the whole lab.
    if name == "Lab":
        from labkit.lab import Lab

        return Lab
    raise AttributeError(f"module 'labkit' has no attribute {name!r}")
