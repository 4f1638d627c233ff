"""Work orders: tickets, incidents, jobs for crews, and the times promised (W)."""
