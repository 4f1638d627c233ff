"""`python -m complaints serve | work | run | migrate | dlq`."""

from complaints.bootstrap import service
from servicekit.cli import main

main(service)
