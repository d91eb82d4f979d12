"""On what somebody signs in, in words that help to recognize it and are no fingerprint."""

# Each browser also claims to be those further down, so the order decides.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Return browser and system, such as "Chrome, Android"; empty for what is neither."""
    found = [next((name for mark, name in names if mark in user_agent), None) for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))
