"""gRPC servicers of the customers service: proto to command to handler to proto, nothing else."""
