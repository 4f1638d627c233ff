"""`python -m billing serve | work | run | migrate | dlq`."""

from billing.bootstrap import service
from servicekit.cli import main

main(service)
