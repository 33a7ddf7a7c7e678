"""A state machine that sends the same commands to Larder and to redis-server and compares replies.

LARDER_E2E_EXAMPLES=5000 makes a longer run of new random commands; without it the commands are the
same in each run.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from command_strategies import DATABASES, Later, Long, command, inner_command, pattern, watch
from resp import OK, QUEUED, Aggregate, encode

LONG_RUN = int(os.environ.get("LARDER_E2E_EXAMPLES", "0"))
SERVERS = {}

TOLERANCE = {b"TTL": 3, b"EXPIRETIME": 3, b"PTTL": 3000, b"PEXPIRETIME": 3000}


class Client:
    """The two connections, one per server, that get the same commands."""

    def __init__(self, protocol):
        self.subject = SERVERS["subject"].connect(protocol=protocol)
        self.redis = SERVERS["redis"].connect(protocol=protocol)
        self.queued = []

    def close(self):
        self.subject.close()
        self.redis.close()

    def send(self, commands):
        """Sends commands in one write to each server and returns pairs of replies."""
        return list(zip(self.subject.pipeline(commands), self.redis.pipeline(commands)))


class SameReplies(RuleBasedStateMachine):
    """Owns one RESP2 and one RESP3 client; a rule sends commands through one of them."""

    clients = st.sampled_from([2, 3])

    def __init__(self):
        super().__init__()
        self.by_protocol = {protocol: Client(protocol) for protocol in (2, 3)}
        self.by_protocol[2].send([(b"FLUSHALL",)])
        self.times = 0
        # Redis counts a key that was set with a deadline in the past until it happens to meet it.
        self.dead_keys = False
        self.failed = False

    def teardown(self):
        for client in self.by_protocol.values():
            if not self.failed:
                client.send([(b"RESET",)])
                self.compare_keyspaces(client)
            client.close()

    @rule(protocol=clients, commands=st.lists(command, min_size=1, max_size=20))
    def pipeline(self, protocol, commands):
        self.run(self.by_protocol[protocol], commands)

    @rule(protocol=clients, commands=st.lists(inner_command, max_size=10),
          end=st.sampled_from([b"EXEC", b"EXEC", b"DISCARD"]))
    def transaction(self, protocol, commands, end):
        self.run(self.by_protocol[protocol], [(b"MULTI",), *commands, (end,)])

    @rule(protocol=clients, watched=watch, meanwhile=st.lists(inner_command, max_size=3),
          by=clients, commands=st.lists(inner_command, min_size=1, max_size=3))
    def watched_transaction(self, protocol, watched, meanwhile, by, commands):
        """One client watches keys, and perhaps another one changes them."""
        self.run(self.by_protocol[protocol], [watched])
        self.run(self.by_protocol[by], meanwhile)
        self.run(self.by_protocol[protocol], [(b"MULTI",), *commands, (b"EXEC",)])

    @rule(protocol=clients, commands=st.lists(command, min_size=1, max_size=3),
          size=st.sampled_from([1, 2, 5, 10, 100]))
    def in_fragments(self, protocol, commands, size):
        """The server sees the commands in pieces; what it answers does not depend on them."""
        client = self.by_protocol[protocol]
        commands = [self.fill_in(args) for args in commands]
        data = b"".join(encode(*args) for args in commands)
        if len(data) > 100 * size:
            size = len(data) // 50 + 1
        for start in range(0, len(data), size):
            client.subject.send(data[start:start + size])
        client.redis.send(data)
        for args in commands:
            self.compare(client, args, client.subject.read(), client.redis.read())

    @rule(protocol=clients, words=st.tuples(
        st.sampled_from([(), (b"COUNT", b"1"), (b"count", b"1000")]),
        st.one_of(st.just(()), pattern.map(lambda p: (b"MATCH", p))),
        st.sampled_from([(), (b"TYPE", b"string"), (b"type", b"hash"), (b"TYPE", b"STRING")])))
    def scan(self, protocol, words):
        client = self.by_protocol[protocol]
        # Within a transaction SCAN is only queued.
        self.run(client, [(b"DISCARD",)])
        subject, redis = (self.scan_all(connection, sum(words, ()))
                          for connection in (client.subject, client.redis))
        assert subject == redis, f"SCAN {words}: {subject} in place of {redis}"

    def scan_all(self, connection, words):
        found, cursor = set(), b"0"
        for _ in range(10_000):
            reply = connection.command(b"SCAN", cursor, *words)
            cursor, keys = reply.items
            found.update(keys.items)
            if cursor == b"0":
                return found
        raise AssertionError("SCAN does not end")

    def run(self, client, commands):
        commands = [self.fill_in(args) for args in commands]
        for args, (subject, redis) in zip(commands, client.send(commands)):
            self.compare(client, args, subject, redis)

    def fill_in(self, args):
        """The command as it is sent; each of its times from now is another."""
        filled = []
        for arg in args:
            if isinstance(arg, Later):
                self.times += 1
                arg = b"%d" % ((10_000 + 100 * self.times) * arg.value)
            elif isinstance(arg, Long):
                arg = arg.byte * arg.size
            filled.append(arg)
        if filled[0].upper() == b"SET":
            words = [word.upper() for word in filled]
            self.dead_keys |= b"EXAT" in words or b"PXAT" in words
        return tuple(filled)

    def compare(self, client, args, subject, redis):
        name = args[0].upper()
        if redis == QUEUED:
            client.queued.append(args)
        elif name == b"EXEC" and isinstance(redis, Aggregate):
            assert isinstance(subject, Aggregate) and len(subject.items) == len(redis.items), (
                f"EXEC: {subject} in place of {redis}")
            queued, client.queued = client.queued, []
            for inner, one, other in zip(queued, subject.items, redis.items):
                self.compare(client, inner, one, other)
            return
        elif name in (b"EXEC", b"DISCARD", b"RESET") or (name == b"MULTI" and redis == OK):
            client.queued = []
        same = self.same(name, subject, redis)
        self.failed |= not same
        shown = b" ".join(arg if len(arg) < 60 else arg[:57] + b"..." for arg in args)
        assert same, f"{shown}: {subject!r:.300} in place of {redis!r:.300}"

    def same(self, name, subject, redis):
        if name in TOLERANCE and isinstance(subject, int) and isinstance(redis, int):
            if subject >= 0 and redis >= 0:
                return abs(subject - redis) <= TOLERANCE[name]
        if name == b"KEYS" and isinstance(subject, Aggregate) and isinstance(redis, Aggregate):
            return subject.kind == redis.kind and sorted(subject.items) == sorted(redis.items)
        if name == b"SCAN" and isinstance(redis, Aggregate):
            # The order, and how much one call returns, are each server's own.
            return isinstance(subject, Aggregate) and len(subject.items) == 2
        if name == b"DUMP" and isinstance(redis, bytes) and len(redis) > 30:
            # Each server compresses in its own way.
            return isinstance(subject, bytes) and subject[0] == redis[0]
        if name == b"RANDOMKEY" and isinstance(redis, bytes):
            return isinstance(subject, bytes)
        if name == b"DBSIZE" and self.dead_keys and isinstance(redis, int):
            return isinstance(subject, int)
        return subject == redis

    def compare_keyspaces(self, client):
        """Every database holds the same keys, values and deadlines."""
        for database in DATABASES:
            self.run(client, [(b"SELECT", database), (b"KEYS", b"*")])
            names = sorted(client.redis.command(b"KEYS", b"*").items)
            self.run(client, [(b"GET", name) for name in names])
            self.run(client, [(b"PEXPIRETIME", name) for name in names])
        self.run(client, [(b"SELECT", b"0")])


@pytest.fixture
def pair(servers, server):
    SERVERS.update(subject=server, redis=servers.start(kind="redis"))
    yield
    SERVERS.clear()


def test_larder_answers_as_redis_does(pair):
    run_state_machine_as_test(SameReplies, settings=settings(
        max_examples=LONG_RUN or 350, stateful_step_count=30, deadline=None, database=None,
        derandomize=not LONG_RUN, suppress_health_check=list(HealthCheck)))
