"""Pages of what is due: the inbox, the month, and the feed that calendar programs read."""
