"""moto on 127.0.0.1 and the port given, one request at a time.

moto_server answers several at once without locking its tables, so that a transaction may fail over a
table that changes under it, and a condition may hold for two.
"""

import sys
import threading

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
turn = threading.Lock()


def one_at_a_time(environ, start_response):
    with turn:
        return moto(environ, start_response)


run_simple(
    "127.0.0.1",
    int(sys.argv[1]),
    one_at_a_time,
    threaded=True,
    request_handler=MotoRequestHandler,
)
