"""Groups of words as pieces of regular expressions."""


def any_of(*words: str) -> str:
    """A group that matches any of the words, the longest first."""
    return f"(?:{'|'.join(sorted(' '.join(words).split(), key=len, reverse=True))})"


def any_phrase(lines: str) -> str:
    """A group that matches any of the lines, the longest first."""
    return f"(?:{'|'.join(sorted((line.strip() for line in lines.strip().splitlines()), key=len, reverse=True))})"
