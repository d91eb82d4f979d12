"""One delivery of a course: plan, code, states, lock, calendar, copies."""
