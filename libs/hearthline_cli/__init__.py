"""The `hearthline` command: a platform on a laptop, a season to watch, imports. Uses the public APIs only."""
