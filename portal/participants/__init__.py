"""The participant's way in: link, PIN, slip, session, own withdrawal."""
