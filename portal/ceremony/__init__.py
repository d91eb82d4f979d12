"""Certificates for the closing ceremony: issuing early, the order of seats, handing over."""
