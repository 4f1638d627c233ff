"""What people mean by a phrase in free text: whether they ask for it, or say that they do not (W2, V5).

Pure, so that rules of a domain may use it. `chinese` and `english` are the words, `reading` is how they are read; a
reading says which words decided. Every rule over free text goes through here.
"""

from servicekit.phrases.reading import Reading, Stance, asks_for, readings

__all__ = ["Reading", "Stance", "asks_for", "readings"]
