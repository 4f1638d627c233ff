"""What cannot be read of what others wrote."""


class Unreadable(Exception):
    """Bytes that are no record; says in words what is wrong with them."""
