"""The web server's way in; in the embedded set-up the worker runs here too, as a thread."""

import ctypes
import os
import signal
import sys

if sys.platform == "linux":
    # The server's main process may be killed with -9: its workers must not go on serving as orphans.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warmhandoff.settings")

import django  # noqa: E402
from django.conf import settings  # noqa: E402

django.setup(set_prefix=False)

from warmhandoff.directory.shelf import keep_ready_in_thread  # noqa: E402
from warmhandoff.web.entrance import Entrance  # noqa: E402

application = Entrance()

keep_ready_in_thread()
if settings.WORKER == "inside":
    from warmhandoff.core.jobs import start_in_thread

    start_in_thread()
