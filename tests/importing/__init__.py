"""Imports through the real command into real services."""
