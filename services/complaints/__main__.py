"""`python -m complaints serve | work | run | migrate | dlq | outbox | consumers | audit`."""

from complaints.bootstrap import service
from servicekit.cli import main

main(service)
