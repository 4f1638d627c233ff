"""Cells of a report that people open in a spreadsheet: what came from outside is text there and no formula."""

import re

# What spreadsheets take for the beginning of a formula, also in the forms of Chinese and Japanese keyboards, also
# behind spaces that some of them strip.
_LIVE = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def inert(value: object) -> object:
    """A text that would be a formula with an apostrophe before it, as spreadsheets write it themselves."""
    return f"'{value}" if isinstance(value, str) and _LIVE.match(value) else value
