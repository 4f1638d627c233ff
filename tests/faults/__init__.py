"""Real processes whose surroundings break (P1, P2, P5)."""
