"""
A real Django site: its login page, its sessions and its messages, served over HTTP. Takes one argument, JSON with its
settings, its users and a folder for its database; prints its port as one line of JSON. It ends with its standard input.
"""
import datetime
import decimal
import json
import os
import socketserver
import sys
import threading
import time

import django
from django.conf import settings

CONFIG = json.loads(sys.argv[1])
TEMPLATES = {
    "form.html": "<form method=post>{% csrf_token %}<button>send</button></form>",
    "registration/login.html": "<form method=post>{% csrf_token %}{{ form.as_p }}<button>log in</button></form>",
}

settings.configure(
    **{
        "DEBUG": False,
        "ALLOWED_HOSTS": ["*"],
        "ROOT_URLCONF": __name__,
        "USE_TZ": True,
        "LOGIN_REDIRECT_URL": "/who/",
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)],
                    "context_processors": ["django.template.context_processors.request"],
                },
            }
        ],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(CONFIG["folder"], "site.sqlite3"),
                "OPTIONS": {"timeout": 20},
            }
        },
        "LOGGING": {"version": 1, "disable_existing_loggers": True},
        **CONFIG["settings"],
    }
)
django.setup()

from django.contrib import auth, messages  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import ServerHandler, WSGIRequestHandler, WSGIServer  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt, csrf_protect  # noqa: E402

#: Values that JSON cannot tell, by name.
VALUES = {
    "tuple": (1, ("a", None)),
    "datetime": datetime.datetime(2024, 2, 29, 12, 34, 56, 789012, datetime.timezone.utc),
    "naive": datetime.datetime(2024, 2, 29, 12, 34, 56),
    "date": datetime.date(2024, 2, 29),
    "decimal": decimal.Decimal("12.50"),
    "float": 2.0,
    "big": 2**70,
    "set": {1, 2, 3},
    "bytes": b"\x00\xff",
    "timedelta": datetime.timedelta(days=1, microseconds=5),
}


def who(request):
    return JsonResponse({"user": request.user.get_username() or None})


def shown(session):
    return {str(key): repr(value) for key, value in session.items()}


def run(request, op, *args):
    session = request.session
    if op == "set":
        session[args[0]] = args[1]
    elif op == "set_special":
        for name in args:
            session[name] = VALUES[name]
    elif op == "set_number_key":
        session[args[0]] = args[1]
    elif op == "get":
        return session.get(args[0])
    elif op == "pop":
        return session.pop(args[0], None)
    elif op == "shown":
        return shown(session)
    elif op == "key":
        return session.session_key
    elif op == "expiry":
        value = args[0]
        session.set_expiry(datetime.timedelta(seconds=value["after"]) if isinstance(value, dict) else value)
    elif op == "age":
        return session.get_expiry_age()
    elif op == "browser":
        return session.get_expire_at_browser_close()
    elif op == "message":
        messages.info(request, args[0])
    elif op == "messages":
        return [str(message) for message in messages.get_messages(request)]
    elif op == "sleep":
        time.sleep(args[0])
    elif op == "password":
        user = request.user
        user.set_password(args[0])
        user.save()
        auth.update_session_auth_hash(request, user)
    elif op == "user":
        return request.user.get_username() or None
    else:
        return getattr(session, op)(*args)
    return None


@csrf_exempt
def work(request):
    answers = [run(request, *step) for step in json.loads(request.GET.get("steps", "[]"))]
    return JsonResponse({"answers": answers}, status=int(request.GET.get("status", 200)))


def logout(request):
    auth.logout(request)
    return JsonResponse({})


def row(request):
    """The user's row, as another program reads it from the database."""
    user = auth.get_user_model().objects.get(username=request.GET["name"])
    return JsonResponse({"id": user.pk, "password": user.password})


def login_path(request):
    """Logs in without the page, as a view of the site's own does."""
    user = auth.get_user_model().objects.get(username=request.GET["name"])
    auth.login(request, user)
    return JsonResponse({})


@csrf_protect
def form(request):
    """A form of the site's own, behind its CSRF protection."""
    if request.method == "POST":
        return JsonResponse({"accepted": True})
    return render(request, "form.html")


urlpatterns = [
    path("login/", LoginView.as_view()),
    path("logout/", logout),
    path("who/", who),
    path("form/", form),
    path("do/", work),
    path("row/", row),
    path("enter/", login_path),
]


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def main():
    call_command("migrate", verbosity=0)
    for user in CONFIG["users"]:
        auth.get_user_model().objects.create_user(user["name"], password=user["password"])
    ServerHandler.http_version = "1.1"
    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_address[1], "django": django.__version__}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
