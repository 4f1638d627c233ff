"""Customer records: who lives where, how to reach them, and all that happened to them."""
