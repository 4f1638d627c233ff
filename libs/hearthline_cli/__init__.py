"""The command line of the platform: run it, play with it, bring data into it."""

import os

# It starts programs but never forks a copy of itself, which gRPC would warn of at each start. Set before gRPC loads.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
