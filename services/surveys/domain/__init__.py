"""Rules of the surveys service: pure, no I/O, the clock passed in."""
