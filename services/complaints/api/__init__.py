"""gRPC servicers of the complaints service: proto to command to handler to proto, nothing else."""
