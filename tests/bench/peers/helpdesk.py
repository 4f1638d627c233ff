"""django-helpdesk: its REST API under gunicorn, with a token of the Django REST framework."""

import json

from tests.bench.machine import Machine
from tests.bench.peers.installing import database_environment, install, run, serve
from tests.bench.peers.posting import Target

_PACKAGES = (
    "django-helpdesk==2.6.1",
    "django==5.2.19",
    "djangorestframework==3.18.3",
    "gunicorn==27.0.1",
    "psycopg[binary]==3.3.9",
)
_PREPARE = """
from django.contrib.auth import get_user_model
from helpdesk.models import Queue
from rest_framework.authtoken.models import Token
agent = get_user_model().objects.create_superuser("agent")
queue = Queue.objects.create(title="Hotline", slug="hotline")
print("made", queue.id, Token.objects.create(user=agent).key)
"""


def start(made: Machine) -> Target:
    """See `Peer`."""
    python = install("django-helpdesk", _PACKAGES)
    environment = {
        **database_environment(made.database("helpdesk")),
        "DJANGO_SETTINGS_MODULE": "helpdesk_settings",
    }
    run(python, "-m", "django", "migrate", environment=environment)
    said = run(python, "-m", "django", "shell", "-c", _PREPARE, environment=environment)
    queue, token = said.rpartition("made ")[2].split()
    ticket = {
        "queue": int(queue),
        "title": "Two of three radiators are cold",
        "description": "Two of three radiators have been cold since the day before yesterday. " * 3,
        "status": 1,
        "priority": 3,
    }
    listen = serve(made, python, "django.core.wsgi:get_wsgi_application()", environment)
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    return Target(listen, "/api/tickets/", json.dumps(ticket).encode(), headers)
