"""Scripts that run in pods of the cluster: each imports only what the image has."""
