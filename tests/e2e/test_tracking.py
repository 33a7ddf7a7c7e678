"""CLIENT TRACKING over sockets: client-side caches that are never wrong for long."""

import random
import threading

import pytest

from resp import OK, Aggregate, Closed, encode
from server_process import PATIENCE, poll


def pushes(connection, until):
    """The messages that come before the reply to an ECHO."""
    connection.send(b"ECHO %s\r\n" % until)
    messages = []
    while True:
        reply = connection.read()
        if reply == until:
            return messages
        messages.append(reply)


def invalid(*keys):
    return Aggregate(">", (b"invalidate", Aggregate("*", tuple(keys))))


@pytest.fixture
def tracking(servers):
    return servers.start(threads=2, enable_debug_command="yes")


def test_another_client_s_write_is_told_without_being_asked(server):
    with server.connect() as writer, server.connect(protocol=3) as reader:
        assert reader.command("CLIENT", "TRACKING", "ON") == OK
        reader.command("GET", "key")
        assert writer.command("SET", "key", "1") == OK
        assert reader.read() == invalid(b"key")
        # Nothing more until it is read again.
        writer.command("SET", "key", "2")
        assert pushes(reader, b"1") == []


def test_deadlines_are_told_though_nobody_asks(server):
    with server.connect() as writer, server.connect(protocol=3) as reader:
        writer.command("SET", "key", "1", "PX", "50")
        reader.command("CLIENT", "TRACKING", "ON")
        reader.command("GET", "key")
        assert reader.read() == invalid(b"key")


def test_redirection_to_another_thread_s_client(server):
    """With many connections, reader and listener live on different threads sooner or later."""
    listeners = [server.connect(protocol=3) for _ in range(4)]
    with server.connect() as writer, server.connect() as reader:
        for listener in listeners:
            number = listener.command("CLIENT", "ID")
            assert reader.command("CLIENT", "TRACKING", "ON", "REDIRECT", number) == OK
            reader.command("GET", "key")
            writer.command("SET", "key", number)
            assert listener.read() == invalid(b"key")
            assert f" redir={number} ".encode() in reader.command("CLIENT", "INFO")
    for listener in listeners:
        listener.close()


@pytest.mark.usefixtures("larder_only")
def test_reload_and_flush_make_everything_invalid(tracking):
    with tracking.connect() as writer, tracking.connect(protocol=3) as reader:
        reader.command("CLIENT", "TRACKING", "ON")
        for command in (("FLUSHALL",), ("FLUSHDB",), ("DEBUG", "RELOAD"), ("SWAPDB", 0, 1)):
            reader.command("GET", "key")
            assert writer.command(*command) == OK
            message = reader.read()
            assert message.kind == ">" and message.items[0] == b"invalidate"
            assert message.items[1].form == "_"


@pytest.mark.usefixtures("larder_only")
def test_a_cache_is_never_wrong_when_all_is_told(tracking):
    """Readers on several connections keep what they have read until they are told; in the end,
    after all messages, what they have is what the server has. Writers work meanwhile."""
    keys = [f"key:{i}".encode() for i in range(200)]
    over = threading.Event()

    def write(seed):
        choose = random.Random(seed)
        with tracking.connect() as connection:
            for count in range(4000):
                key = choose.choice(keys)
                kind = choose.random()
                if kind < 0.6:
                    connection.command("SET", key, count)
                elif kind < 0.7:
                    connection.command("DEL", key, choose.choice(keys))
                elif kind < 0.8:
                    connection.command("SET", key, count, "PX", choose.randint(1, 5))
                else:
                    connection.command("INCR", b"n" + key)

    def read(seed, wrong):
        choose = random.Random(seed)
        cache = {}
        with tracking.connect(protocol=3) as connection:
            connection.command("CLIENT", "TRACKING", "ON")

            def ask(*command):
                connection.send(encode(*command))
                while True:
                    reply = connection.read()
                    if not (isinstance(reply, Aggregate) and reply.kind == ">"):
                        return reply
                    for key in reply.items[1].items:
                        cache.pop(key, None)

            while not over.is_set():
                key = choose.choice(keys)
                if key not in cache:
                    cache[key] = ask("GET", key)
            ask("PING")
            kept = dict(cache)
            with tracking.connect(protocol=3) as other:
                for key, value in kept.items():
                    now = other.command("GET", key)
                    if now != value:
                        wrong.append((key, value, now))

    wrong = []
    writers = [threading.Thread(target=write, args=(i,)) for i in range(3)]
    readers = [threading.Thread(target=read, args=(i, wrong)) for i in range(3)]
    for thread in writers + readers:
        thread.start()
    for thread in writers:
        thread.join()
    # What is about to expire does so, and is told, before the caches are compared.
    with tracking.connect() as connection:
        poll(lambda: b"expires=" not in connection.command("INFO", "keyspace")
             or b"expires=0" in connection.command("INFO", "keyspace"), "the deadlines to pass")
    threading.Event().wait(0.3 * PATIENCE)
    over.set()
    for thread in readers:
        thread.join()
    assert not wrong, wrong[:5]
    info = tracking.info()
    assert int(info["tracking_clients"]) == 0


@pytest.mark.usefixtures("larder_only")
def test_the_tables_are_emptied_when_the_last_one_has_gone(tracking):
    with tracking.connect(protocol=3) as reader:
        reader.command("CLIENT", "TRACKING", "ON")
        for i in range(3000):
            reader.command("GET", f"key:{i}")
        assert tracking.info()["tracking_total_keys"] == "3000"
    poll(lambda: tracking.info()["tracking_total_keys"] == "0", "the tables to be empty")


def test_a_client_that_is_killed_is_told_nothing(server):
    with server.connect() as writer, server.connect(protocol=3) as reader:
        reader.command("CLIENT", "TRACKING", "ON", "BCAST")
        writer.command("CLIENT", "KILL", "ID", reader.command("CLIENT", "ID"))
        writer.command("SET", "key", "1")
        with pytest.raises((Closed, ConnectionError)):
            while True:
                reader.read()
        assert writer.command("PING").text == "PONG"
