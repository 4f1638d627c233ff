"""gRPC servicers of the surveys service: proto to command to handler to proto, nothing else."""
