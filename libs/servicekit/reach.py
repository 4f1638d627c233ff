"""How much of the data a call may touch: all of it, or what is the caller's own (P4)."""

from collections.abc import Mapping


class Reach:
    """Made anew for every call of a limited caller, and kept by its unit of work.

    Who limits nobody forgets nobody: a use case that ends without having asked is refused, not let through.
    """

    def __init__(self, own: Mapping[str, frozenset[str]] | None) -> None:
        self.own = own
        """Ids that are the caller's own, by kind; None for no limit."""
        self.is_checked = own is None
        """Whether somebody has compared what the call touches with what it may."""


EVERYTHING = Reach(None)
"""The reach of consumers, timers, and callers without a limit."""
