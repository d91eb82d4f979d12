"""Each role's start page, and the participant's own page."""
