"""Pure decisions about seats, moves of a registration, and the rows of a nomination list."""
