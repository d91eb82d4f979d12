"""Forms of titles and of stock."""
