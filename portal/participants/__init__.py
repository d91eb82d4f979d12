"""The participant's access without an account: link, PIN, slip, session; and withdrawing."""
