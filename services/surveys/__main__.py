"""`python -m surveys serve | work | run | migrate | dlq | outbox | consumers | audit`."""

from servicekit.cli import main
from surveys.bootstrap import service

main(service)
