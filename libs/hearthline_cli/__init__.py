"""The command line of the platform: run it, play with it, bring data into it."""

import os

# It starts programs but never forks a copy of itself. gRPC's fork handlers would warn at each start, and now and then
# abort the child that the embedded PostgreSQL's wheel forks to become another user. Set before gRPC loads.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
