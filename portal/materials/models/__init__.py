"""Tables of materials, hand-overs and stock."""
