"""Who has the copies: receipt lists, end holders, the path of one copy."""
