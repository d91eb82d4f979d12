import os
import sys

from portal.app import create_app
from portal.config import UnsafeSettings
from portal.platform import folders

# Web server, worker, commands and whatever they start: what they write is read by nobody else on the machine.
os.umask(folders.MASK)
try:
    app = create_app()
except UnsafeSettings as error:
    sys.stderr.write(f"Error: {error}\n")
    # 4 tells gunicorn that starting its processes again and again would not help.
    sys.exit(4 if "gunicorn.arbiter" in sys.modules else 1)
