"""Name check, eligibility, issue, reissue, revoke, verify and the participant's own page."""
