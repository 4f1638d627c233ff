"""Hostile input: every RPC and every consumer, from their descriptors (P4)."""
