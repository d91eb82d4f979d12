"""How many copies are where: movements, balances, stocktake, serial numbers."""
