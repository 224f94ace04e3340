"""Processes that a script starts and ends, each with what it said in a file."""

import os
import signal
import socket
import subprocess
import sys

from phones import until


class Process:
    """A running command. Used with `with`, it ends with the block, and so does what it started."""

    def __init__(self, name, command, log, **options):
        self.name, self.log = name, log
        self.output = open(log, "w+b")
        # A session of its own, so that its children can be ended with it.
        self.process = subprocess.Popen(
            command, stdout=self.output, stderr=subprocess.STDOUT, start_new_session=True, **options
        )

    def said(self):
        """Everything it has said so far."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_for(self, words, patience=60):
        """Waits until it has said `words`."""

        def heard():
            if words in self.said():
                return True
            code = self.process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.said()}"
            return False

        until(f"{self.name} says {words!r}", heard, patience)

    def listens(self, port, patience=60):
        """Waits until it listens on a port of this machine."""

        def connects():
            code = self.process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.said()}"
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True

        until(f"{self.name} listens on {port}", connects, patience)

    def end(self):
        """Ends it in order, and by force where that takes too long."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                continue
        self.output.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None and kind is not SystemExit:
            tail = "\n".join(self.said().splitlines()[-40:])
            print(f"\n-- the end of what {self.name} said\n{tail}", file=sys.stderr)
        self.end()
