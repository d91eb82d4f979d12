"""Pure decisions about the states of a training and about its plan."""
