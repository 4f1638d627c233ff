"""Billing over gRPC: translation and nothing else."""
