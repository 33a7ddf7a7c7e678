"""Values and snapshots that cross between Larder and Debian's redis-server."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rdb_bytes import payload
from resp import OK, Error, Null

@pytest.fixture
def pair(servers, server):
    """Connections to the server and to redis-server."""
    with server.connect() as subject, servers.start(kind="redis").connect() as redis:
        yield subject, redis


# Strings of every form: integers, compressible and not, of sizes around those where a form changes.
strings = st.one_of(
    st.integers(-2**63, 2**63 - 1).map(lambda number: b"%d" % number),
    st.sampled_from([-2**31, 2**31, -2**31 - 1, 2**31 - 1, 2**15, -2**15 - 1, 127, 128, -128, -129])
    .map(lambda number: b"%d" % number),
    st.binary(max_size=100),
    st.tuples(st.binary(min_size=1, max_size=5), st.integers(0, 20000)).map(
        lambda parts: parts[0] * parts[1]),
    st.tuples(st.integers(0, 2**32), st.sampled_from([20, 21, 63, 64, 16383, 16384, 70000])).map(
        lambda parts: random.Random(parts[0]).randbytes(parts[1])),
)


def test_payloads_of_dump_cross_both_ways(pair):
    subject, redis = pair

    @settings(max_examples=300, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))
    @given(strings)
    def check(value):
        for source, target in (pair, reversed(pair)):
            assert source.command("SET", "key", value) == OK
            dumped = source.command("DUMP", "key")
            assert target.command("RESTORE", "copy", "0", dumped, "REPLACE") == OK
            assert target.command("GET", "copy") == value
        if len(value) <= 20:  # not compressed
            assert subject.command("DUMP", "key") == redis.command("DUMP", "key")

    check()


def test_payloads_of_collections_are_refused_by_type(pair, larder_only):
    subject, redis = pair
    redis.command("RPUSH", "list", *range(500))
    redis.command("SADD", "set", *range(5))
    redis.command("SADD", "large set", *("member %d" % i for i in range(1000)))
    redis.command("ZADD", "sorted set", *(part for i in range(300) for part in (i / 3, "m%d" % i)))
    redis.command("HSET", "hash", *(part for i in range(5) for part in ("f%d" % i, "v")))
    redis.command("HSET", "large hash", *(part for i in range(800) for part in ("f%d" % i, "v")))
    redis.command("XADD", "stream", "*", "field", "value")
    redis.command("XGROUP", "CREATE", "stream", "group", "0")
    redis.command("XREADGROUP", "GROUP", "group", "consumer", "STREAMS", "stream", ">")
    for key in ("list", "set", "large set", "sorted set", "hash", "large hash", "stream"):
        refused = subject.command("RESTORE", "key", "0", redis.command("DUMP", key))
        name = key.replace("large ", "")
        assert refused == Error(f"ERR Bad data format: a {name} cannot be kept")
    assert subject.command("EXISTS", "key") == 0


def test_damaged_payloads_do_no_harm(pair):
    """Bytes are changed, cut and added, and the checksum is made right again: Larder answers what
    redis-server answers where the payload is a string's, and survives everything."""
    subject, redis = pair
    # One value of each type and form that redis-server writes.
    redis.command("SET", "number", "70000")
    redis.command("SET", "text", "some text")
    redis.command("SET", "compressed", b"abc" * 300)
    redis.command("RPUSH", "list", *(b"%d" % i * (i % 50) for i in range(200)))
    redis.command("SADD", "integers", *range(50))
    redis.command("SADD", "set", *("member %d" % i for i in range(200)))
    redis.command("ZADD", "scores", *(part for i in range(20) for part in (i / 3, "m%d" % i)))
    redis.command("ZADD", "large", *(part for i in range(200) for part in (i / 3, "m%d" % i)))
    redis.command("HSET", "hash", *(part for i in range(20) for part in ("f%d" % i, "v%d" % i)))
    redis.command("HSET", "large hash", *(part for i in range(600) for part in ("f%d" % i, "v")))
    for i in range(150):
        redis.command("XADD", "stream", "*", "field", i)
    redis.command("XGROUP", "CREATE", "stream", "group", "0")
    redis.command("XREADGROUP", "GROUP", "group", "consumer", "COUNT", 5, "STREAMS", "stream", ">")
    keys = redis.command("KEYS", "*").items
    assert len(keys) == 11
    choice = random.Random(5)
    outcomes = {"stored": 0, "refused": 0, "taken by Redis": 0}
    for number in range(6000):
        content = bytearray(redis.command("DUMP", choice.choice(keys))[:-10])
        for _ in range(choice.choice([1, 1, 2, 5])):
            position = choice.randrange(len(content)) if content else 0
            if choice.random() < 0.5:
                position = min(position, choice.randrange(12))
            kind = choice.randrange(4)
            if kind == 0 and content:
                content[position] ^= 1 << choice.randrange(8)
            elif kind == 1 and content:
                content[position] = choice.choice([0, 0x7F, 0x80, 0x81, 0xC0, 0xC3, 0xFE, 0xFF])
            elif kind == 2:
                del content[position:position + choice.choice([1, 1, 8, len(content)])]
            else:
                content[position:position] = choice.randbytes(choice.choice([1, 4, 9]))
        damaged = payload(bytes(content), choice.choice([6, 9, 10]))
        reply = subject.command("RESTORE", "damaged", "0", damaged, "REPLACE")
        assert reply == OK or reply.message.startswith("ERR Bad data format"), reply
        outcomes["stored" if reply == OK else "refused"] += 1
        if content and content[0] == 0:
            expected = redis.command("RESTORE", "damaged", "0", damaged, "REPLACE")
            value = redis.command("GET", "damaged")
            if reply == OK:
                assert expected == OK and subject.command("GET", "damaged") == value, content[:80]
            elif expected == OK:
                # Redis takes the version and the checksum for bytes of a value that lacks some.
                outcomes["taken by Redis"] += 1
            redis.command("DEL", "damaged")
    assert outcomes["stored"] > 100 and outcomes["refused"] > 1000
    assert outcomes["taken by Redis"] < 400
    assert subject.command("PING") is not None
    assert redis.command("GET", "nothing") == Null("$-1")
