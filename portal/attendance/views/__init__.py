"""Pages of attendance: rosters on screen, sheets on paper."""
