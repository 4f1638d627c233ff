"""How many tickets other software takes in on this machine: django-helpdesk and roundup, each as its makers serve it.

All have the same PostgreSQL, the same number of callers and two server processes, are told who calls, and send no mail.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tests.bench.intake import TICKET, start_workorders
from tests.bench.load import load
from tests.bench.machine import Machine
from tests.bench.peers import helpdesk, tracker
from tests.bench.peers.installing import NotInstalled, Peer
from tests.bench.peers.posting import post
from tests.bench.sizes import Sizes

PEERS: Mapping[str, Peer] = {"django_helpdesk": helpdesk, "roundup": tracker}


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Tickets a second, ours and theirs, one after the other; a peer that does not install says so and is left out."""
    ours = load(start_workorders(made, "peers", work=False), TICKET, "", sizes.usual, sizes.seconds)
    made.stop_processes()
    found = {name: _against(made, peer, ours.calls_per_s, sizes) for name, peer in PEERS.items()}
    return {"peers": {"callers": sizes.usual, "hearthline": asdict(ours), **found}}


def _against(made: Machine, peer: Peer, ours: float, sizes: Sizes) -> dict[str, Any]:
    try:
        target = peer.start(made)
    except NotInstalled as error:
        print(f"bench: {error}", file=sys.stderr)
        return {"skipped": str(error)}
    theirs = post(target, sizes.usual, sizes.seconds)
    made.stop_processes()
    return {**asdict(theirs), "ratio": round(ours / theirs.calls_per_s, 1)}
