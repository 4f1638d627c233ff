"""Accounts, charges, payments, and the banks that report them (B)."""
