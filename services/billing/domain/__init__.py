"""The rules of billing: pure, no I/O, the time passed in."""
