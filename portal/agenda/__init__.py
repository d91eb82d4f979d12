"""A training's agenda: sessions, breaks, facilitators, conflicts, published versions."""
