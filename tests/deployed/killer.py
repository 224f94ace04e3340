"""A proxy before SQS that kills a function at the moment it queues something."""

import http.server
import json
import os
import pathlib
import signal
import threading
import urllib.error
import urllib.request


class Killer:
    """Passes calls on to `upstream`, until told to kill a function that `emulator` runs."""

    def __init__(self, port, upstream, emulator):
        self.upstream = upstream
        self.emulator = emulator
        self.armed = None
        self.killed = []
        killer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802, the name is the library's
                body = self.rfile.read(int(self.headers["content-length"]))
                if killer.strikes(self.headers, body):
                    self.close_connection = True
                    return
                status, kind, answer = killer.pass_on(self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kill_before_sending_to(self, queue, function):
        """The next message to `queue` is not sent: `function`'s processes are killed instead."""
        self.armed = (queue, function)

    def strikes(self, headers, body):
        """Kills, if this is the call to kill at."""
        if self.armed is None or ".SendMessage" not in headers.get("x-amz-target", ""):
            return False
        queue, function = self.armed
        if json.loads(body)["QueueUrl"].rsplit("/", 1)[1] != queue:
            return False
        self.armed = None
        self.killed = processes_of(function, self.emulator)
        for pid in self.killed:
            os.kill(pid, signal.SIGKILL)
        return True

    def pass_on(self, path, headers, body):
        """The upstream's answer."""
        passed = {
            name: value
            for name, value in headers.items()
            if name.lower() not in ("host", "connection", "content-length")
        }
        call = urllib.request.Request(self.upstream + path, data=body, headers=passed)
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                return answer.status, answer.headers.get("content-type", ""), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("content-type", ""), error.read()

    def close(self):
        """Passes nothing on any more."""
        self.server.shutdown()


def processes_of(function, ancestor):
    """The processes below `ancestor` that run a function, by the name that Lambda gives them."""
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()
    return [
        pid
        for pid in below(ancestor)
        if wanted in read(f"/proc/{pid}/environ").split(b"\0")
    ]


def below(pid):
    """The children of a process, and theirs."""
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in read(children).split():
            yield int(child)
            yield from below(int(child))


def read(path):
    """What a file of /proc holds; nothing, when its process has ended."""
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""
