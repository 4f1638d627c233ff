"""`python -m customers serve | work | run | migrate | dlq | outbox | consumers | audit`."""

from customers.bootstrap import service
from servicekit.cli import main

main(service)
