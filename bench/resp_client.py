"""A small client for benches: commands one by one, and many SETs at once."""

import socket

CHUNK = 5000


class RespError(Exception):
    """The server answered with an error; the text is its."""


class RespClient:
    """Owns one connection. Replies come back as int, bytes, None or list; errors are raised."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb", buffering=1 << 18)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def call(self, *words):
        self.socket.sendall(encode(*words))
        return self.read()

    def read(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RespError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        raise ValueError(f"not a reply of RESP2: {line!r}")

    def info(self, section):
        """The fields of a section of INFO."""
        lines = self.call("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def set_many(self, keys, value, *options):
        """SET of every key to the same value, in long pipelines."""
        end = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (value, *options))
        form = b"*%d\r\n$3\r\nSET\r\n$%%d\r\n%%s\r\n" % (3 + len(options))
        for begin in range(0, len(keys), CHUNK):
            chunk = keys[begin:begin + CHUNK]
            self.socket.sendall(b"".join([form % (len(key), key) + end for key in chunk]))
            for _ in chunk:
                if self.read() != b"OK":
                    raise ValueError("SET was not answered by OK")


def encode(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)
