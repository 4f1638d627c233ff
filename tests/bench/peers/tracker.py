"""Roundup: its classic tracker and REST API under gunicorn, for somebody who has logged in."""

import json
import shutil
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.bench.machine import Machine
from tests.bench.peers.installing import database_environment, install, run, serve
from tests.bench.peers.posting import Target

_PACKAGES = ("roundup==2.6.0", "gunicorn==27.0.1", "psycopg2-binary==2.9.13")
_ADMIN = ("-m", "roundup.scripts.roundup_admin", "-i")
_PASSWORD = "of-no-worth"


def start(made: Machine) -> Target:
    """See `Peer`."""
    python = install("roundup", _PACKAGES)
    home = made.logs / "tracker"
    # Of a run before this one.
    shutil.rmtree(home, ignore_errors=True)
    # Roundup makes its database itself.
    reached = database_environment(made.url)
    settings = {
        "tracker_web": "http://127.0.0.1/",
        "mail_domain": "hearthline.test",
        "mail_host": "127.0.0.1",
        "rdbms_name": "roundup",
        "rdbms_host": reached.get("PGHOST", ""),
        "rdbms_port": reached.get("PGPORT", "5432"),
        "rdbms_user": reached.get("PGUSER", ""),
        "rdbms_password": reached.get("PGPASSWORD", ""),
    }
    given = ",".join(f"{name}={value}" for name, value in settings.items())
    run(python, *_ADMIN, str(home), "install", "classic", "postgresql", given)
    run(python, *_ADMIN, str(home), "initialise", _PASSWORD)
    listen = serve(made, python, "tracker_app:app", {"TRACKER_HOME": str(home)})
    issue = {"title": "Two of three radiators have been cold since the day before yesterday. " * 3, "priority": "bug"}
    headers = {**_ORIGIN, "Cookie": _log_in(listen), "Content-Type": "application/json"}
    return Target(listen, "/rest/data/issue", json.dumps(issue).encode(), headers)


_ORIGIN = {
    "Host": "127.0.0.1",
    "Origin": "http://127.0.0.1",
    "Referer": "http://127.0.0.1/",
    "X-Requested-With": "rest",
}
"""What its guard against forged requests wants to see."""


def _log_in(listen: str) -> str:
    """The cookie of a session; with a password each call would hash it a quarter of a million times."""
    form = {"@action": "login", "__login_name": "admin", "__login_password": _PASSWORD}
    headers = {**_ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
    connection = HTTPConnection(listen)
    connection.request("POST", "/", urlencode(form), headers)
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return (reply.getheader("Set-Cookie") or "").partition(";")[0]
