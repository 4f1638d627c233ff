"""The faults, by where they strike; each is tried while calls go on, and says how often it struck."""
