"""Corner cases of the protocol: each is sent to Larder and to redis-server, and the raw bytes that
come back are compared."""

import pytest

from resp import Closed, Connection, encode

MARKER = b"*2\r\n$4\r\nECHO\r\n$10\r\nend marker\r\n"
MARKER_REPLY = b"$10\r\nend marker\r\n"
PASSWORD = "secret"


@pytest.fixture(scope="module")
def open_pair(shared_server, session_servers):
    return shared_server, session_servers.start(kind="redis")


@pytest.fixture(scope="module")
def locked_pair(session_servers):
    return (session_servers.start(requirepass=PASSWORD),
            session_servers.start(kind="redis", requirepass=PASSWORD))


def exchange(server, data, marker=MARKER):
    """What the server answers to `data`: everything up to the reply of the marker behind it, or up
    to the end of the connection. `data` may be a list of pieces, sent one after the other."""
    with Connection(server.address) as connection:
        pieces = data if isinstance(data, list) else [data]
        pieces = [*pieces[:-1], pieces[-1] + marker]
        try:
            for piece in pieces:
                connection.send(piece)
        except OSError:
            pass  # the server has closed the connection already; what it said comes below
        while not connection.buffer.endswith(MARKER_REPLY):
            try:
                connection.receive()
            except (Closed, ConnectionError):
                return connection.rest() + b"<closed>"
        return connection.rest()


def pieces(data, size):
    return [data[start:start + size] for start in range(0, len(data), size)]


def commands(*lines):
    """Commands given as lines of words."""
    return b"".join(encode(*line.split()) for line in lines)


INLINE = {
    "a command in a line": b"PING\r\n",
    "a line that ends with LF only": b"PING\nPING\n",
    "words with spaces and tabs around them": b"  echo \t hello  \r\n",
    "an empty line": b"\r\nPING\r\n\r\n\r\n",
    "a line of spaces": b"   \r\nPING\r\n",
    "double quotes": b'set "a b" "x\\x41\\n\\"\\\\\\r\\t\\b\\a\\q"\r\nget "a b"\r\n',
    "hex digits of both cases": b'echo "\\xfF\\x0g\\x"\r\n',
    "single quotes": b"set 'a b' 'it\\'s \\n \\x41'\r\nget 'a b'\r\n",
    "an empty word": b"echo ''\r\necho \"\"\r\n",
    "a quote in the middle of a word": b"echo a'b'\r\n",
    "a double quote that is not closed": b'echo "abc\r\n',
    "a single quote that is not closed": b"echo 'abc\r\n",
    "a letter behind the closing quote": b'echo "a"b\r\n',
    "a letter behind the closing single quote": b"echo 'a'b\r\n",
    "an unknown command": b"nope a b c\r\n",
    "a quoted command": b"'PING'\r\n",
    "bytes above 127": b"echo \xff\xfe\xc3\xa4\r\n",
    "a line as long as may be": b"echo " + b"x" * 60_000 + b"\r\n",
    "inline after multibulk": encode("PING") + b"PING\r\n" + encode("PING"),
    "a request of HTTP": b"GET / HTTP/1.1\r\nhost: example.org\r\n\r\n",
    "a POST of HTTP": b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
}

FRAMING = {
    "no arguments": b"*0\r\n",
    "a null array": b"*-1\r\n",
    "a negative count": b"*-5\r\nPING\r\n",
    "a count that is no number": b"*abc\r\n",
    "a count without digits": b"*\r\n",
    "a count with a plus": b"*+1\r\n$4\r\nPING\r\n",
    "a count with a zero in front": b"*01\r\n$4\r\nPING\r\n",
    "a count with a space": b"* 1\r\n$4\r\nPING\r\n",
    "a count beyond 31 bits": b"*2147483648\r\n",
    "a count beyond 64 bits": b"*18446744073709551617\r\n",
    "a count ended by LF only": b"*1\n$4\r\nPING\r\n",
    "a bulk without a dollar": b"*1\r\nPING\r\n",
    "a bulk that begins with a space": b"*1\r\n $4\r\nPING\r\n",
    "an integer in place of a bulk": b"*2\r\n$4\r\nECHO\r\n:1\r\n",
    "a bulk of length -1": b"*1\r\n$-1\r\n",
    "a bulk length that is no number": b"*1\r\n$abc\r\n",
    "a bulk without a length": b"*1\r\n$\r\n",
    "a bulk length with a zero in front": b"*1\r\n$04\r\nPING\r\n",
    "a bulk of 512 MB and a byte": b"*1\r\n$536870913\r\n",
    "a bulk length beyond 64 bits": b"*1\r\n$99999999999999999999\r\n",
    "other bytes in place of CRLF behind a bulk": b"*1\r\n$4\r\nPINGxx",
    "an empty bulk": b"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
    "an empty name of a command": b"*1\r\n$0\r\n\r\n",
    "CR and LF within a bulk": encode("ECHO", b"a\r\nb\r\n"),
    "errors keep to one line": encode(b"NO\r\nPE", b"a\r\nb") + encode("GET"),
    "an error in the middle of a pipeline":
        encode("PING") + b"*1\r\nPING\r\n" + encode("SET", "never", "run"),
    "many empty requests": b"*0\r\n\r\n*-1\r\n" * 1000 + encode("PING"),
}

# Nothing may follow these: a line is too long only as long as its end is missing.
ENDLESS = {
    "a line": b"x" * 66_000,
    "a count": b"*" + b"1" * 66_000,
    "a bulk length": b"*1\r\n$" + b"1" * 66_000,
}

PIPELINES = {
    "ten thousand commands": encode("PING") * 5_000 + encode("ECHO", "x") * 5_000,
    "a bulk of 32 KB": encode("SET", "k", b"v" * 32_768) + commands("GET k", "STRLEN k"),
    "a bulk of a megabyte": encode("ECHO", b"0123456789" * 100_000),
    "a hundred thousand arguments": encode("DEL", *range(100_000)),
    "QUIT ends the pipeline": commands("PING", "QUIT", "PING"),
    "QUIT takes arguments": commands("QUIT now"),
    "RESET": commands("SELECT 3", "CLIENT SETNAME me", "MULTI", "RESET", "CLIENT GETNAME", "EXEC"),
    "errors within a transaction": commands(
        "MULTI", "SET k abc", "INCR k", "GET", "NOPE", "EXEC", "GET k"),
    "a failing command within a transaction": commands(
        "MULTI", "SET k abc", "INCR k", "GET k", "EXEC"),
    "a transaction within a transaction": commands("MULTI", "MULTI", "PING", "EXEC"),
    "EXEC and DISCARD without MULTI": commands("EXEC", "DISCARD"),
    "EXEC with arguments": commands("MULTI", "SET k v", "EXEC x", "GET k", "EXEC x", "EXEC"),
    "an empty transaction": commands("MULTI", "EXEC"),
    "a discarded transaction": commands("MULTI", "SET d 1", "DISCARD", "GET d"),
    "SELECT within a transaction": commands("MULTI", "SELECT 2", "SET k 2", "EXEC", "GET k"),
    "an unknown command names its arguments": encode("NOPE", *[b"a" * 50] * 10),
    "an unknown command with a very long name": encode(b"n" * 500),
    "AUTH where no password is set": commands("AUTH x", "AUTH default x", "AUTH nobody x", "AUTH"),
    "wrong forms of AUTH": commands("AUTH a b c"),
    "wrong forms of HELLO": commands(
        "HELLO 1", "HELLO 4", "HELLO abc", "HELLO 3 AUTH x", "HELLO 3 SETNAME", "HELLO 3 FOO",
        "HELLO 2 AUTH default", "HELLO 99999999999999999999"),
    "unknown subcommands": commands("CLIENT NOPE", "CONFIG NOPE", "COMMAND NOPE"),
    "commands without their subcommand": commands("CLIENT", "CONFIG"),
    "subcommands of the wrong length": commands(
        "CLIENT ID x", "CLIENT SETNAME", "CLIENT GETNAME x", "CONFIG GET", "CONFIG SET a",
        "CONFIG RESETSTAT x", "COMMAND COUNT x", "COMMAND GETKEYS"),
    "names of clients": encode("CLIENT", "SETNAME", "a b") + encode("CLIENT", "SETNAME", "a\n")
        + commands("CLIENT SETNAME ok", "CLIENT GETNAME") + encode("CLIENT", "SETNAME", "")
        + commands("CLIENT GETNAME"),
    "settings that do not exist": commands("CONFIG GET nope", "CONFIG SET nope 1"),
    "keys of commands": commands(
        "COMMAND GETKEYS GET a", "COMMAND GETKEYS MSET a 1 b 2", "COMMAND GETKEYS PING x",
        "COMMAND GETKEYS NOPE a", "COMMAND GETKEYS SET a", "COMMAND GETKEYS COPY a b"),
    "READONLY of a server without cluster": commands("READONLY"),
    "wrong cursors": encode("SCAN", " 0") + commands("SCAN abc", "SCAN 0x", "SCAN 1.0"),
    "databases out of range": commands("SELECT 16", "SELECT -1", "SELECT abc", "SWAPDB 0 16",
                                       "SWAPDB x 1", "SWAPDB 1 x", "MOVE k 16", "MOVE k 0"),
    "INCRBYFLOAT of long doubles": commands(
        "SET f 10.50", "INCRBYFLOAT f 0.1", "INCRBYFLOAT f -5", "INCRBYFLOAT f 5.0e3",
        "SET f 0.1", "INCRBYFLOAT f 0.2", "SET f 1e400", "INCRBYFLOAT f 1", "SET f 3",
        "INCRBYFLOAT f 1.17", "INCRBYFLOAT f 1e-17", "SET f 1e4900", "INCRBYFLOAT f 9e4931",
        "INCRBYFLOAT f 9e4931", "SET f 0x1p4", "INCRBYFLOAT f 0", "INCRBYFLOAT f nan",
        "INCRBYFLOAT f infinity", "SET f -0", "INCRBYFLOAT f 0"),
    "GETRANGE around the ends": encode("SET", "r", "Hello") + b"".join(
        encode("GETRANGE", "r", start, end)
        for start in (-9, -5, -1, 0, 2, 4, 5, 9) for end in (-9, -5, -1, 0, 2, 4, 5, 9)),
    "SETRANGE beyond the largest string": commands(
        "SETRANGE s 536870912 x", "SETRANGE s 536870911 xx", "SETRANGE s -1 x", "SETRANGE s 9 x"),
    "expiry out of range": commands(
        "SET e v", "EXPIRE e 9223372036854775807", "EXPIRE e -9223372036854775808",
        "PEXPIRE e 9223372036854775807", "EXPIREAT e 9223372036854775807",
        "SET e v EX 9223372036854775807", "SET e v PX 9223372036854775807", "SETEX e 0 v",
        "PSETEX e -1 v", "GETEX e EX 0", "EXPIRE e 1 NX XX", "EXPIRE e 1 GT LT", "EXPIRE e 1 FOO"),
}

# Each goes through a connection that has not authenticated, on a server that wants a password.
BEFORE_AUTH = {
    "commands are refused": commands("GET a", "PING", "NOPE", "MULTI", "CLIENT ID", "INFO"),
    "wrong arity comes before the refusal": commands("GET", "SET a"),
    "eleven arguments": b"*11\r\n",
    "ten arguments": encode(*["PING"] * 10),
    "a bulk of 16 KB": encode("ECHO", b"x" * 16_384),
    "a bulk of 16 KB and a byte": b"*2\r\n$4\r\nECHO\r\n$16385\r\n",
    "a wrong password": commands("AUTH wrong", "AUTH default wrong", "AUTH nobody secret"),
    "the right password": commands("AUTH secret", "SET a 1", "GET a"),
    "the right user and password": commands("AUTH default secret", "GET a"),
    "a wrong password after the right one": commands("AUTH secret", "AUTH wrong", "GET nothing"),
    "HELLO without a password": commands("HELLO 3", "HELLO 2", "HELLO"),
    "HELLO with a wrong password": commands("HELLO 3 AUTH default wrong", "GET a"),
    "HELLO with wrong options": commands("HELLO 3 AUTH default", "HELLO 5 AUTH default secret"),
    "QUIT": commands("QUIT"),
    "RESET": commands("RESET", "GET a", "AUTH secret", "RESET", "GET a"),
    "inline": b"AUTH secret\r\nGET nothing\r\n",
    "limits are lifted by AUTH": commands("AUTH secret") + encode("DEL", *range(20))
        + encode("ECHO", b"x" * 20_000),
}


def cases(*tables):
    return [pytest.param(data, id=name) for table in tables for name, data in table.items()]


def compare(pair, data):
    for server in pair:
        with server.connect() as connection:
            connection.command("FLUSHALL")
    subject, redis = (exchange(server, data) for server in pair)
    assert subject == redis


@pytest.mark.parametrize("data", cases(INLINE, FRAMING, PIPELINES))
def test_replies_are_byte_for_byte_those_of_redis(open_pair, data):
    compare(open_pair, data)


@pytest.mark.parametrize("data", cases(PIPELINES))
def test_replies_in_resp3_are_byte_for_byte_those_of_redis(open_pair, data):
    answers = []
    for server in open_pair:
        with server.connect() as connection:
            connection.command("FLUSHALL")
        with Connection(server.address) as connection:
            connection.command("HELLO", "3")
            connection.send(data + MARKER)
            while not connection.buffer.endswith(MARKER_REPLY):
                try:
                    connection.receive()
                except (Closed, ConnectionError):
                    break
            answers.append(connection.rest())
    assert answers[0] == answers[1]


@pytest.mark.parametrize("data", cases(ENDLESS))
def test_what_has_no_end_is_given_up(open_pair, data):
    subject, redis = (exchange(server, data, marker=b"") for server in open_pair)
    assert subject == redis


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_fragmentation_changes_nothing(open_pair, size):
    data = (INLINE["double quotes"] + INLINE["single quotes"] + FRAMING["many empty requests"][:70]
            + PIPELINES["errors within a transaction"] + FRAMING["CR and LF within a bulk"])
    subject, redis = open_pair
    assert exchange(subject, pieces(data, size)) == exchange(redis, data)


@pytest.mark.parametrize("name", ["an error in the middle of a pipeline", "a bulk of length -1"])
def test_errors_come_byte_by_byte_as_well(open_pair, name):
    subject, redis = open_pair
    assert exchange(subject, pieces(FRAMING[name], 1)) == exchange(redis, FRAMING[name])


@pytest.mark.parametrize("data", cases(BEFORE_AUTH))
def test_before_authentication(locked_pair, data):
    for server in locked_pair:
        with server.connect() as connection:
            connection.command("FLUSHALL")
    # The marker is refused with NOAUTH until AUTH was sent; QUIT behind it ends the exchange.
    subject, redis = (exchange(server, data, MARKER + encode("QUIT")) for server in locked_pair)
    # Later versions of Redis than Debian's have one word more here.
    redis = redis.replace(b"otherwise the HELLO AUTH", b"otherwise the HELLO <proto> AUTH")
    subject = subject.replace(b"otherwise the HELLO AUTH", b"otherwise the HELLO <proto> AUTH")
    assert subject == redis
