"""What this machine can do: `python -m tests.bench` writes build/bench.json."""
