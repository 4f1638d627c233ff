"""python -m notifications serve | work | run | migrate | dlq | outbox | consumers."""

from notifications.bootstrap import service
from servicekit.cli import main

if __name__ == "__main__":
    main(service)
