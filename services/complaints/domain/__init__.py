"""Rules of the complaints service: pure, no I/O, the clock passed in."""
