"""gRPC servicers of the workorders service: proto to command to handler to proto, nothing else."""
