"""Surveys: who is asked, what they answered, and what it says about the service (V)."""
