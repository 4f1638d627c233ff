"""Rules of customers, premises and the network: pure."""
