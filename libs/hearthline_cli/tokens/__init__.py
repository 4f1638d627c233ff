"""Tokens for development, where nobody else issues them."""
