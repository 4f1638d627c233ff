"""`python -m workorders serve | work | run | migrate | dlq | outbox | consumers | audit`."""

from servicekit.cli import main
from workorders.bootstrap import service

main(service)
