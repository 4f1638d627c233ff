"""Where a process can be made to die: chosen functions of the running code, wrapped in that process only.

Nothing of this is in the services. A process of the harness wraps these functions before the service starts in it;
the harness then writes `POINT PASSAGE` into the process's fuse, and the passage of that number is its last.
"""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEFORE_COMMIT = "before the commit"
AFTER_COMMIT = "after the commit, before the reply"
AFTER_SEND = "after the send, before the broker's ack is seen"
BEFORE_MARK = "after the ack, before marking"
BEFORE_OFFSET = "after the effect, before the offset commit"
IN_TIMER = "in the timer's handler"
IN_MIGRATION = "in the migration"

POINTS = (BEFORE_COMMIT, AFTER_COMMIT, AFTER_SEND, BEFORE_MARK, BEFORE_OFFSET, IN_TIMER, IN_MIGRATION)


class Fuse:
    """What the harness lights and the process burns; a file, so that it can be lit while the process runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._passed = 0
        self._lock = threading.Lock()

    def light(self, point: str, passage: int = 1) -> None:
        """The process dies in its passage of that number from now on."""
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{passage} {point}")
        beside.replace(self._file)

    def out(self) -> None:
        """Nobody dies any more."""
        self._file.unlink(missing_ok=True)

    def passes(self, point: str) -> None:
        """Ends this process without a word, if this is the ordered passage."""
        try:
            passage, _, ordered = self._file.read_text().partition(" ")
        except FileNotFoundError:
            return
        if ordered != point:
            return
        with self._lock:
            self._passed += 1
            if self._passed >= int(passage):
                os.kill(os.getpid(), signal.SIGKILL)


def wrap(fuse: Fuse) -> None:
    """Puts the fuse into this process, before its service starts."""
    from alembic.ddl.impl import DefaultImpl
    from kafka.producer.sender import Sender

    import servicekit.uow
    from servicekit.eventlog.embedded import producer as embedded
    from servicekit.eventlog.embedded.consumer import EmbeddedConsumer
    from servicekit.eventlog.kafka.consumer import KafkaConsumer
    from servicekit.outbox import Relay
    from servicekit.timers import TimerLoop

    _around(servicekit.uow, "send", fuse, BEFORE_COMMIT, AFTER_COMMIT, when=_ends_a_call)
    # Kafka's ack is here and nobody has seen it; the embedded log has committed and nobody knows.
    _around(Sender, "_handle_produce_response", fuse, before=AFTER_SEND)
    _around(embedded, "_send", fuse, after=AFTER_SEND)
    _around(Relay, "_mark", fuse, before=BEFORE_MARK)
    for consumer in (EmbeddedConsumer, KafkaConsumer):
        _around(consumer, "commit", fuse, before=BEFORE_OFFSET)
    _around(TimerLoop, "_fire", fuse, after=IN_TIMER)
    _around(DefaultImpl, "_exec", fuse, before=IN_MIGRATION)


def _ends_a_call(*_: Any, commit: bool = False, **__: Any) -> bool:
    """True for the commit of a call, false for a consumer's or a timer's."""
    from servicekit.calls import CURRENT_CALL

    return commit and CURRENT_CALL.get(None) is not None


def _around(
    owner: Any, name: str, fuse: Fuse, before: str = "", after: str = "", when: Callable[..., bool] | None = None
) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        is_meant = when is None or when(*args, **kwargs)
        if is_meant and before:
            fuse.passes(before)
        result = original(*args, **kwargs)
        if is_meant and after:
            fuse.passes(after)
        return result

    setattr(owner, name, wrapped)
