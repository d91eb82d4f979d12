"""Pages of titles, of stock, and of the materials of a training."""
