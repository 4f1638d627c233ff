"""What gunicorn is told for both peers, besides its command line."""

# Without it gunicorn writes into the home of whoever runs the bench.
no_control_socket = True


def post_worker_init(worker: object) -> None:
    """Says that one more process has the application and takes calls."""
    print("peer serves", flush=True)
