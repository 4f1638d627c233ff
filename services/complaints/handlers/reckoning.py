"""Deadlines are worked out anew when the holidays of their days are published (W5)."""

from complaints.handlers.supervision import Supervision
from complaints.store.complaints import next_to_reckon
from servicekit.kit import Kit


class Reckoning:
    """Goes through the open complaints that another table of holidays counted, one a transaction, and begins again.

    The table comes with the settings, so a process that was started with a new one finds them; those that a process
    of before files meanwhile are found in the next round.
    """

    name = "reckoning"
    poll_s = 60.0

    def __init__(self, supervision: Supervision) -> None:
        self._supervision = supervision
        self._last = ""

    def run_once(self, kit: Kit) -> bool:
        """Counts one complaint; False at the end of a round."""
        with kit.unit(actor="timer") as uow:
            found = next_to_reckon(uow, self._supervision.desk.times.holidays_version, self._last)
            # Set before, so that one which cannot be counted does not keep the others waiting.
            self._last = found or ""
            if found is not None:
                self._supervision.reckon(uow, found)
        return found is not None
