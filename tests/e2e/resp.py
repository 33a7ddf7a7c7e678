"""A raw RESP connection: every byte that is sent and received is in the test's hands."""

import socket
from dataclasses import dataclass


class Closed(Exception):
    """The server closed the connection before a reply was complete."""


@dataclass(frozen=True)
class Error:
    """An error reply (-...)."""

    message: str


@dataclass(frozen=True)
class Simple:
    """A simple string (+...)."""

    text: str


@dataclass(frozen=True)
class Null:
    """A null, with the form in which it was sent: "$-1", "*-1" or "_"."""

    form: str


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of RESP; `kind` is its first byte: "*", "%", "~", ">" or "|"."""

    kind: str
    items: tuple

    def pairs(self):
        return dict(zip(self.items[::2], self.items[1::2]))


@dataclass(frozen=True)
class Scalar:
    """A scalar that only RESP3 has; `kind` is its first byte: ",", "#", "(", "=" or "!"."""

    kind: str
    text: bytes


def encode(*args):
    """A command as an array of bulk strings."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        if not isinstance(arg, bytes):
            arg = str(arg).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(arg), arg))
    return b"".join(parts)


class Connection:
    """Owns one socket to a server. Integers come back as int, bulk strings as bytes."""

    def __init__(self, address, timeout=20):
        """`address` is (host, port), or the path of a unix socket."""
        family = socket.AF_UNIX if isinstance(address, str) else (
            socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        if family != socket.AF_UNIX:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.position = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def command(self, *args):
        """Sends one command and returns its reply."""
        self.send(encode(*args))
        return self.read()

    def pipeline(self, commands):
        """Sends all commands in one write and returns their replies."""
        self.send(b"".join(encode(*args) for args in commands))
        return [self.read() for _ in commands]

    def rest(self):
        """What has arrived and was not read yet."""
        return bytes(self.buffer[self.position:])

    def receive(self):
        """Waits for more bytes. Raises Closed, or an OSError, if none will come."""
        if self.position > 1 << 20:
            del self.buffer[:self.position]
            self.position = 0
        data = self.socket.recv(1 << 16)
        if not data:
            raise Closed(self.rest())
        self.buffer += data

    def _line(self):
        while True:
            end = self.buffer.find(b"\r\n", self.position)
            if end >= 0:
                line = bytes(self.buffer[self.position:end])
                self.position = end + 2
                return line
            self.receive()

    def _bytes(self, count):
        while len(self.buffer) - self.position < count + 2:
            self.receive()
        data = bytes(self.buffer[self.position:self.position + count])
        assert self.buffer[self.position + count:self.position + count + 2] == b"\r\n"
        self.position += count + 2
        return data

    def read(self):
        """Reads one reply."""
        line = self._line()
        kind, rest = line[:1].decode(), line[1:]
        if kind == ":":
            assert rest == b"%d" % int(rest), f"not as an integer is written: {line!r}"
            return int(rest)
        if kind == "+":
            return Simple(rest.decode("latin-1"))
        if kind == "-":
            return Error(rest.decode("latin-1"))
        if kind == "_":
            return Null("_")
        if kind in "*$" and rest == b"-1":
            return Null(kind + "-1")
        if kind == "$":
            return self._bytes(int(rest))
        if kind in "*~>%|":
            count = int(rest) * (2 if kind in "%|" else 1)
            return Aggregate(kind, tuple(self.read() for _ in range(count)))
        if kind in "=!":
            return Scalar(kind, self._bytes(int(rest)))
        assert kind in ",#(", f"not the start of a reply: {line!r}"
        return Scalar(kind, rest)

    def read_until_closed(self):
        """Everything that still arrives until the server closes the connection."""
        try:
            while True:
                self.receive()
        except (Closed, ConnectionError):
            pass
        rest = self.rest()
        self.position = len(self.buffer)
        return rest


OK = Simple("OK")
QUEUED = Simple("QUEUED")
