"""gunicorn, the same for `make run` and for production; the environment says where and how many."""

import os
import sys

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
preload_app = True  # the code is loaded once and shared; a broken configuration stops the start
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# Headers that would tell us where we are: nobody in front of this site has to.
forwarder_headers = ""
secure_scheme_headers = {}
accesslog = None  # addresses and paths are not logged; iop_site.middleware logs the route
errorlog = "-"
loglevel = "warning"
proc_name = "iop-site"


def when_ready(server):
    """Stop where the keys are not those of the data; a database that is away is waited for."""
    from django.db import DatabaseError

    from admissions.keys import key_fault

    try:
        fault = key_fault()
    except DatabaseError:
        return
    if fault:
        sys.stderr.write(f"Configuration error: {fault}\n")
        sys.exit(2)


def post_fork(server, worker):
    """Let no worker share a database connection opened before the fork."""
    from django.db import connections

    connections.close_all()
