"""Personal data: encrypted where it rests and on its way, masked for who need not see it (C9).

`keyring` holds the keys, `columns` seals the columns that a service's tables declare as personal, `messages` the marked
fields of events, `masks` shows replies by the caller's roles, and `renewal` seals anew what is stored.
"""
