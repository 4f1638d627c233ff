"""Who has the lead loses it with its session, whenever that ends, and somebody takes it (P2)."""

import pytest
from sqlalchemy import text

from servicekit.errors import Unavailable
from servicekit.kit import Kit
from servicekit.lead import Lead

_END = "SELECT pg_terminate_backend(pg_backend_pid())"


def test_a_session_that_ends_while_the_lead_is_taken_leaves_nobody_with_half_of_it(book: Kit) -> None:
    lead = Lead("test", _END)
    with pytest.raises(Unavailable):
        lead.take(book)
    lead._setting = ""
    assert lead.take(book)
    assert lead.connection.execute(text("SELECT 1")).scalar_one() == 1
    lead.give_up()
