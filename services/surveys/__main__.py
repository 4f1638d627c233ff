"""`python -m surveys serve | work | run | migrate | dlq | outbox | consumers`."""

from servicekit.cli import main
from surveys.bootstrap import service

main(service)
