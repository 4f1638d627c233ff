"""Complaints: taken in, answered in time, supervised (S)."""
