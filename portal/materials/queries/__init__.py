"""Read titles, places and stock."""
