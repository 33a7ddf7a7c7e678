"""What newer versions of redis-py, cachelib and Flask-Caching send, byte for byte, since the tests
run with Debian's older ones."""

import re

import pytest

import server_process
from resp import OK, QUEUED, Aggregate, Connection, Error, Null, Simple, encode

PASSWORD = "geheim"
PREFIX = "flask_cache_"


@pytest.fixture(scope="module")
def locked_server(session_servers):
    return session_servers.start(requirepass=PASSWORD)


@pytest.fixture
def resp3(server):
    with server.connect(protocol=3) as connection:
        yield connection


@pytest.fixture
def resp2(server):
    with server.connect() as connection:
        yield connection


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(request, server):
    """A connection in each version of the protocol."""
    with server.connect(protocol=request.param) as connection:
        yield connection


def test_hello_3_describes_the_server_as_a_map(server):
    with server.connect() as connection:
        reply = connection.command("HELLO", "3")
        assert reply.kind == "%"
        fields = reply.pairs()
        assert fields[b"server"] == b"redis"
        assert re.fullmatch(rb"\d+\.\d+\.\d+", fields[b"version"])
        assert fields[b"proto"] == 3
        assert isinstance(fields[b"id"], int)
        assert fields[b"mode"] == b"standalone"
        assert fields[b"role"] == b"master"
        assert fields[b"modules"] == Aggregate("*", ())
        assert connection.command("CLIENT", "ID") == fields[b"id"]


def test_hello_2_describes_it_as_a_flat_array(server):
    with server.connect(protocol=3) as connection:
        reply = connection.command("HELLO", "2")
        assert reply.kind == "*"
        assert reply.pairs()[b"proto"] == 2
        assert connection.command("HELLO").kind == "*"
        assert connection.command("GET", "missing") == Null("$-1")


def test_client_side_caching_finds_the_version_it_wants(larder_only, resp3):
    version = resp3.command("HELLO", "3").pairs()[b"version"]
    assert tuple(map(int, version.split(b"."))) >= (7, 4, 0)


def test_hello_authenticates_and_names_the_client(locked_server):
    with locked_server.connect(authenticate=False) as connection:
        reply = connection.command("HELLO", "3", "AUTH", "default", PASSWORD, "SETNAME", "web-1")
        assert reply.kind == "%"
        assert connection.command("CLIENT", "GETNAME") == b"web-1"


def test_a_refused_hello_changes_nothing(locked_server):
    with locked_server.connect(authenticate=False) as connection:
        wrong = connection.command("HELLO", "3", "AUTH", "default", "wrong", "SETNAME", "web-1")
        assert wrong == Error("WRONGPASS invalid username-password pair or user is disabled.")
        assert connection.command("GET", "k").message.startswith("NOAUTH ")
        assert connection.command("AUTH", PASSWORD) == OK
        assert connection.command("GET", "k") == Null("$-1")
        assert connection.command("CLIENT", "GETNAME") == Null("$-1")


def test_redis_py_8_connects(locked_server):
    """Its whole greeting, each command sent when the one before was answered."""
    with locked_server.connect(authenticate=False, timeout=5) as connection:
        hello = connection.command("HELLO", "3", "AUTH", "default", PASSWORD)
        assert hello.pairs()[b"proto"] == 3
        # An error is fine for the client; silence would make it wait.
        notifications = connection.command(
            "CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "internal-ip")
        assert isinstance(notifications, Error)
        assert connection.command("CLIENT", "SETNAME", "app") == OK
        for attribute, value in [("LIB-NAME", "redis-py"), ("LIB-VER", "8.0.0")]:
            reply = connection.command("CLIENT", "SETINFO", attribute, value)
            assert reply == OK or server_process.PEER == "redis"  # Redis has it from 7.2 on
        assert connection.command("SELECT", "3") == OK
        assert connection.command("SET", "k", "v", "EX", "60") == OK
        assert connection.command("GET", "k") == b"v"


def test_setinfo_shows_in_client_list(larder_only, resp3):
    assert resp3.command("CLIENT", "SETINFO", "LIB-NAME", "redis-py(flask_v3)") == OK
    assert resp3.command("CLIENT", "SETINFO", "lib-ver", "8.0.0") == OK
    assert isinstance(resp3.command("CLIENT", "SETINFO", "LIB-NAME", "with space"), Error)
    assert isinstance(resp3.command("CLIENT", "SETINFO", "NOPE", "x"), Error)
    own = resp3.command("CLIENT", "INFO")
    text = own.text if hasattr(own, "text") else own
    assert b" lib-name=redis-py(flask_v3) " in text
    assert b" lib-ver=8.0.0" in text


def test_redis_py_4_connects(locked_server):
    with locked_server.connect(authenticate=False) as connection:
        assert connection.command("AUTH", "default", PASSWORD) == OK
        assert connection.command("CLIENT", "SETNAME", "app") == OK
        assert connection.command("SELECT", "2") == OK
        assert connection.command("GET", "missing") == Null("$-1")


def test_memtier_greets_without_waiting(locked_server):
    """HELLO, AUTH, SELECT and the first commands in one write; no push may come in between."""
    with locked_server.connect(authenticate=False) as connection:
        commands = [("HELLO", "3"), ("AUTH", PASSWORD), ("SELECT", "1"),
                    ("SET", "memtier-1", b"x" * 32), ("GET", "memtier-1")]
        first, *others = connection.pipeline(commands)
        # Redis refuses HELLO without AUTH here; the client then goes on in RESP2.
        assert first.message.startswith("NOAUTH ")
        assert others == [OK, OK, OK, b"x" * 32]
    with locked_server.connect(authenticate=False) as connection:
        commands = [("HELLO", "3", "AUTH", "default", PASSWORD), ("SELECT", "1")]
        hello, select = connection.pipeline(commands)
        assert hello.kind == "%" and select == OK


def test_nulls_have_the_form_of_the_protocol(server):
    for protocol, null in [(2, Null("$-1")), (3, Null("_"))]:
        with server.connect(protocol=protocol) as connection:
            assert connection.command("GET", "missing") == null
            assert connection.command("MGET", "missing", "other").items == (null, null)
            assert connection.command("SET", "k", "v", "XX") == null


def test_set_with_seconds(client):
    assert client.command("SET", PREFIX + "k", b"!pickle", "EX", "300") == OK
    assert 290 < client.command("TTL", PREFIX + "k") <= 300


def test_add_as_one_set(client):
    command = ("SET", PREFIX + "k", "v", "NX", "EX", "300")
    null = Null("_") if client.command("HELLO").kind == "%" else Null("$-1")
    assert [client.command(*command), client.command(*command)] == [OK, null]


def test_set_many_as_a_pipeline_of_sets(client):
    commands = [("SET", f"{PREFIX}{i}", b"!%d" % i, "EX", "300") for i in range(20_000)]
    assert client.pipeline(commands) == [OK] * 20_000
    assert client.command("DBSIZE") == 20_000
    assert client.command("GET", PREFIX + "19999") == b"!19999"


def test_set_many_as_a_transaction(client):
    commands = [("SETEX", f"{PREFIX}{i}", "300", b"!%d" % i) for i in range(1_000)]
    replies = client.pipeline([("MULTI",), *commands, ("EXEC",)])
    assert replies[:-1] == [OK] + [QUEUED] * 1_000
    assert replies[-1] == Aggregate("*", (OK,) * 1_000)
    assert client.command("DBSIZE") == 1_000


def test_get_many(client):
    client.command("MSET", PREFIX + "1", "a", PREFIX + "3", "c")
    null = client.command("GET", "missing")
    reply = client.command("MGET", *(f"{PREFIX}{i}" for i in range(1, 5)))
    assert reply.items == (b"a", null, b"c", null)


def test_delete_many_asks_which_keys_are_left(client):
    names = [f"{PREFIX}{i}" for i in range(500)]
    client.pipeline([("SET", name, "v") for name in names])
    replies = client.pipeline([("DEL", *names)] + [("EXISTS", name) for name in names])
    assert replies == [500] + [0] * 500


def test_delete_of_a_million_keys(client):
    """What clear() sends for a million keys: other servers refuse so many arguments."""
    present = 100_000
    for start in range(0, present, 10_000):
        client.pipeline([("SET", f"{PREFIX}{i}", "v") for i in range(start, start + 10_000)])
    assert client.command("DBSIZE") == present
    assert client.command("DEL", *(f"{PREFIX}{i}" for i in range(1_000_000))) == present
    assert client.command("DBSIZE") == 0


def test_keys_returns_everything_that_matches(client):
    names = {b"%s%d" % (PREFIX.encode(), i) for i in range(50_000)}
    client.pipeline([("MSET", *(word for name in names for word in (name, "v"))),
                     ("SET", "other", "v")])
    reply = client.command("KEYS", PREFIX + "*")
    assert reply.kind == "*" and len(reply.items) == 50_000 and set(reply.items) == names


def test_memoize_miss(client):
    """A miss of a memoized function: versions, value, store, and the renewed versions."""
    version, value = PREFIX + "app.price_memver", PREFIX + "W0CrXqKHKrJ8OsUMMcj2ks"
    null = client.command("GET", "missing")
    assert client.command("MGET", version).items == (null,)
    assert client.command("GET", value) == null
    assert client.command("SET", value, b"!\x80\x04K\x01.", "EX", "60") == OK
    assert client.command("MGET", version).items == (null,)
    assert client.pipeline([("SET", version, "abc123", "EX", "60")]) == [OK]
    assert client.command("GET", value) == b"!\x80\x04K\x01."


def test_counters(client):
    assert client.command("INCRBY", PREFIX + "n", "1") == 1
    assert client.command("INCRBY", PREFIX + "n", "-5") == -4


def test_scripts_of_locks_fail_cleanly(larder_only, client):
    """redis-py's Lock asks for its script by hash; what is not served must say so at once."""
    reply = client.command("EVALSHA", "0" * 40, "1", "lock", "token")
    assert isinstance(reply, Error)
    assert client.command("PING") == Simple("PONG")


def test_a_pipeline_of_binary_values_of_all_sizes(client):
    sizes = [0, 1, 100, 16_383, 16_384, 32_767, 32_768, 32_769, 65_536, 1_000_000, 5_000_000]
    values = [bytes([i % 256]) * size for i, size in enumerate(sizes)]
    commands = [("SET", f"k{i}", value, "EX", "60") for i, value in enumerate(values)]
    commands += [("GET", f"k{i}") for i in range(len(values))]
    assert client.pipeline(commands) == [OK] * len(values) + values


def test_unix_socket_speaks_resp3(servers, tmp_path):
    server = servers.start(unixsocket=tmp_path / "socket")
    with Connection(str(tmp_path / "socket")) as connection:
        connection.send(encode("HELLO", "3") + encode("GET", "missing"))
        assert connection.read().kind == "%"
        assert connection.read() == Null("_")
    assert server.alive()
