"""Certificates for a cluster without cert-manager."""
