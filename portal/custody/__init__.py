"""Who has the copies: receipt lists, end holders, the way of one copy."""
