"""Roundup as a WSGI application, as its own `frontends/wsgi.py` has it."""

import os

from roundup.cgi.wsgi_handler import RequestDispatcher

app = RequestDispatcher(os.environ["TRACKER_HOME"], feature_flags={"cache_tracker": ""})
