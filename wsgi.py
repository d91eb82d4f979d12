import sys

from portal.app import create_app
from portal.config import UnsafeSettings

try:
    app = create_app()
except UnsafeSettings as error:
    sys.stderr.write(f"Error: {error}\n")
    # 4 tells gunicorn that starting its processes again and again would not help.
    sys.exit(4 if "gunicorn.arbiter" in sys.modules else 1)
