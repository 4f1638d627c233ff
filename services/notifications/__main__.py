"""python -m notifications serve | work | run | migrate | dlq."""

from notifications.bootstrap import service
from servicekit.cli import main

if __name__ == "__main__":
    main(service)
