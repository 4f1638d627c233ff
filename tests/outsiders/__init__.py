"""How programs that are not ours call Hearthline and read its protos, each from an empty folder."""
