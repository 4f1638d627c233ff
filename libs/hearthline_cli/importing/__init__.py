"""Bringing what an older system knew: tickets, and premises with their customers and history (C12)."""
