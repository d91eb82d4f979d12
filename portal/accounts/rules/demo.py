"""The accounts of the demo: known to everybody, and so worth nothing outside it."""

DEMO_DOMAIN = "@demo.example"
DEMO_PASSWORD = "okuu-demo"


def is_demo_address(email: str) -> bool:
    """Tell whether an address belongs to the demo."""
    return email.strip().casefold().endswith(DEMO_DOMAIN)
