"""Rules of the work-order service: pure, no I/O, the clock passed in."""
