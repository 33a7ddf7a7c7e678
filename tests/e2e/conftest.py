"""Fixtures of the end-to-end tests: servers on ports of their own, stopped when the test ends.

    /usr/bin/python3 -m pytest -q tests/e2e

LARDER_SERVER          the binary, build/larder-server by default
LARDER_E2E_PEER=redis  runs the suite against redis-server, which checks the tests themselves
LARDER_E2E_EXAMPLES=N  runs the differential test with N new random examples
LARDER_E2E_PATIENCE=N  multiplies all deadlines, for builds with sanitizers
"""

import pytest

import server_process
from server_process import Server


@pytest.fixture(scope="session")
def session_servers(tmp_path_factory):
    """Starts servers that live until the end of the run."""
    with_owner = ServerSet(tmp_path_factory)
    yield with_owner
    with_owner.stop_all()


@pytest.fixture
def servers(tmp_path_factory):
    """Starts servers that live as long as the test: servers.start(requirepass="x")."""
    owner = ServerSet(tmp_path_factory)
    yield owner
    owner.stop_all()


class ServerSet:
    """Owns the servers that it has started."""

    def __init__(self, tmp_path_factory):
        self.tmp_path_factory = tmp_path_factory
        self.started = []

    def start(self, kind=server_process.PEER, **options):
        server = Server(self.tmp_path_factory.mktemp(kind), kind=kind, **options)
        self.started.append(server)
        return server.start()

    def stop_all(self):
        try:
            for server in self.started:
                server.stop()
        finally:
            for server in self.started:
                server.abandon()


@pytest.fixture(scope="session")
def shared_server(session_servers):
    return session_servers.start(threads=2)


@pytest.fixture
def server(shared_server):
    """The server that most tests share, empty at the start of each."""
    with shared_server.connect() as connection:
        connection.command("FLUSHALL")
    return shared_server


@pytest.fixture
def larder_only():
    """For tests of Larder's own behaviour."""
    if server_process.PEER != "larder":
        pytest.skip("is about Larder's own behaviour")
