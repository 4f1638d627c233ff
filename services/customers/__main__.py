"""`python -m customers serve | work | run | migrate | dlq | outbox | consumers`."""

from customers.bootstrap import service
from servicekit.cli import main

main(service)
