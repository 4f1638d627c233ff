"""What every Hearthline service shares, and no business rule."""
