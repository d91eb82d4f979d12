"""Stock: movements, balances, stocktakes, serial numbers."""
