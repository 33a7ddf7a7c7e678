"""Starts Flask apps under gunicorn or Werkzeug on a listening socket that the test opens."""

import os
import signal
import socket
import subprocess
import sys

from server_process import PATIENCE


class WebProcess:
    """Owns the process of a Flask app. The socket listens before the app runs, so that the first
    request simply waits until the app has come up."""

    def __init__(self, directory, command, environment, log):
        """`command` may contain {fd}, the number of the listening socket."""
        self.log = log
        with socket.socket() as listener, open(log, "ab") as output:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            os.set_inheritable(listener.fileno(), True)
            self.url = "http://127.0.0.1:%d" % listener.getsockname()[1]
            self.process = subprocess.Popen(
                [part.format(fd=listener.fileno()) for part in command], cwd=directory,
                env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **environment),
                pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def gunicorn(directory, module, environment, log, workers=2):
    """An app as most installations run it."""
    return WebProcess(
        directory,
        [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--bind", "fd://{fd}",
         "--graceful-timeout", "1", module], environment, log)


def single(directory, module, environment, log):
    """The app in one process of Werkzeug's server. It is imported under its name, since memoize
    makes its keys of the names of modules."""
    return WebProcess(
        directory, [sys.executable, "-c", f"import {module}; {module}.serve({{fd}})"],
        environment, log)
