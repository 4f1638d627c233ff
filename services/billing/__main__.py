"""`python -m billing serve | work | run | migrate | dlq | outbox | consumers | audit`."""

from billing.bootstrap import service
from servicekit.cli import main

main(service)
