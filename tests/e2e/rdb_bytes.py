"""Bytes of the RDB format: payloads as DUMP answers them, and whole files."""

import struct

CRC_POLYNOMIAL = 0x95AC9329AC4BC9B5
CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = (byte >> 1) ^ (CRC_POLYNOMIAL if byte & 1 else 0)
    CRC_TABLE.append(byte)


def crc64(data):
    crc = 0
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc


def payload(content, version=10):
    """What DUMP would answer for a value with this type and these bytes."""
    data = content + struct.pack("<H", version)
    return data + struct.pack("<Q", crc64(data))


def length(size):
    """A length as the format has it."""
    if size < 64:
        return bytes([size])
    if size < 16384:
        return struct.pack(">H", 0x4000 | size)
    return b"\x80" + struct.pack(">I", size)


def entry(key, dumped, deadline_ms=None):
    """A key of a file, from what DUMP answered for it."""
    deadline = b"" if deadline_ms is None else b"\xfc" + struct.pack("<q", deadline_ms)
    return deadline + dumped[:1] + length(len(key)) + key + dumped[1:-10]


def snapshot(content, version=10):
    """A file with this content between its header and its end."""
    data = b"REDIS%04d" % version + content + b"\xff"
    return data + struct.pack("<Q", crc64(data))
