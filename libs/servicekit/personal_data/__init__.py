"""What a service does about the personal data it holds: hand it over, and erase it, when the customer asks (C9).

The customers service takes the requests in and asks everybody by an event; each service answers with one of its own.
What is handed over stays with the service that has it until somebody fetches it: it is never published
(docs/adr/0015-personal-data-stays-where-it-is.md).
"""

from servicekit.personal_data.holdings import ERASED, Holdings, Obstacle
from servicekit.personal_data.keeper import Keeper

__all__ = ["ERASED", "Holdings", "Keeper", "Obstacle"]
