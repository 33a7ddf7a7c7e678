"""Hypothesis strategies for commands: small alphabets, so that commands meet the same keys."""

from dataclasses import dataclass
from enum import Enum

from hypothesis import strategies as st

from rdb_bytes import payload


class Later(Enum):
    """A time from now, filled in when the command is sent: each one another, and far from all
    others, so that a comparison of two deadlines never hangs on the millisecond."""

    SECONDS = 1
    MILLISECONDS = 1000


@dataclass(frozen=True)
class Long:
    """A long argument, written out only when it is sent, so that reports stay readable."""

    byte: bytes
    size: int


KEYS = [b"a", b"b", b"c", b"", b"key:1", b"key:2", b"k\r\n\x00\xff", Long(b"k", 150)]
VALUES = [
    b"", b"a", b"hello world", b"\x00\r\n\xff", b"0", b"10", b"-5", b"3", b"9223372036854775807",
    b"-9223372036854775808", b"9223372036854775808", b"3.25", b"1e2", b"-0.1", b" 7", b"7 ",
    b"0x11", b"012", b"+5", b"-0", b"inf", b"nan", b"1e400", Long(b"x", 44), Long(b"y", 45),
    Long(b"z", 300), Long(b"m", 16383), Long(b"n", 16384), Long(b"o", 32768), Long(b"p", 70001),
]
# What an error repeats; Redis's stops at a zero byte, which is no part of the protocol.
REPEATED_VALUES = [value for value in VALUES if isinstance(value, bytes) and b"\0" not in value]
INTEGERS = [
    b"0", b"1", b"-1", b"2", b"5", b"-7", b"100", b"9223372036854775807", b"-9223372036854775808",
    b"9223372036854775806", b"-9223372036854775807", b"4611686018427387904",
]
NOT_INTEGERS = [b"", b"abc", b"1.5", b" 1", b"1 ", b"+1", b"01", b"0x1", b"9223372036854775808",
                b"-9223372036854775809", b"1e3", b"99999999999999999999999", b"-"]
FLOATS = [b"0", b"0.1", b"-0.1", b"1.5", b"3.0e3", b"-2e-3", b"1e17", b"123456789.123", b"1e-20",
          b"5", b"0x10", b"100000000000000000000"]
NOT_FLOATS = [b"", b"abc", b"nan", b"inf", b"-inf", b"1.5x", b" 1", b"1 ", b"1e5000", b"--1"]
# Deadlines as absolute times: long ago, in far years, and wrong ones.
SECONDS_AT = [b"1", b"1000000000", b"4102444800", b"4102444801", b"253402300799"]
MILLISECONDS_AT = [b"1", b"1000000000000", b"4102444800000", b"4102444800001", b"253402300799000"]
WRONG_TIMES = [b"0", b"-1", b"abc", b"", b"1.5", b"9223372036854775807", b"-9223372036854775808",
               b"9223372036854775", b"9223372036854775808"]
PATTERNS = [b"*", b"?", b"a*", b"[ab]", b"[^a]", b"[a-b]*", b"\\*", b"", b"[", b"a\\", b"key:?",
            b"key:[1-2]", b"key:[^1]", b"*:*", b"kk*", b"[b-a]", b"**a**", b"k\r\n*"]

# What RESTORE is given: strings in several encodings, and damaged ones.
PAYLOADS = [payload(content) for content in (
    b"\0\x05value", b"\0\0", b"\0\xc0\x0a", b"\0\xc2\xff\xff\xff\xff", b"\0\x0212",
    b"\0\xc3\x04\x0a\x00a\xe0\x00")] + [payload(b"\0\x01v", version=6)]
WRONG_PAYLOADS = [b"", b"\0\x01v", payload(b"\0\x01v")[:-1] + b"x", payload(b"\0\x01v", version=100),
                  payload(b"\0\xc4"), payload(b"\0\xa0"), payload(b"\x63\x01v"), payload(b"")]

DATABASES = [b"0", b"1", b"2"]
WRONG_DATABASES = [b"16", b"-1", b"abc", b"", b"1.0", b"99999999999"]


def mostly(usual, unusual):
    """One of `usual`, and now and then one of `unusual`."""
    return st.sampled_from(usual * (1 + 4 * len(unusual) // len(usual)) + unusual)


key = st.sampled_from(KEYS)
value = st.sampled_from(VALUES)
integer = mostly(INTEGERS, NOT_INTEGERS)
number = mostly(FLOATS, NOT_FLOATS)
pattern = st.sampled_from(PATTERNS)
database = mostly(DATABASES, WRONG_DATABASES)
seconds = mostly([Later.SECONDS], WRONG_TIMES)
milliseconds = mostly([Later.MILLISECONDS], WRONG_TIMES)
seconds_at = mostly(SECONDS_AT, WRONG_TIMES)
milliseconds_at = mostly(MILLISECONDS_AT, WRONG_TIMES)


def in_any_case(name):
    """The name of a command or an option in upper, lower or mixed case."""
    name = name.encode()
    return st.sampled_from([name, name, name.lower(), name.capitalize()])


def one(*parts):
    """A command of exactly these parts; a part is a strategy, or a name in any case."""
    return st.tuples(*(in_any_case(part) if isinstance(part, str) else part for part in parts))


def join(*parts):
    """Like one(), where a part may also yield a tuple of arguments."""
    def flat(args):
        out = ()
        for arg in args:
            out += arg if isinstance(arg, tuple) else (arg,)
        return out
    return one(*parts).map(flat)


def some(strategy, least=1, most=4):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


def option(name, *arguments):
    return join(name, *arguments)


def options(*choices, most=3):
    """Up to `most` options after each other, compatible or not."""
    return st.lists(st.one_of(*choices), max_size=most).map(lambda chosen: sum(chosen, ()))


expiry = [option("EX", seconds), option("PX", milliseconds), option("EXAT", seconds_at),
          option("PXAT", milliseconds_at)]
set_options = options(
    option("NX"), option("XX"), option("GET"), option("KEEPTTL"), *expiry,
    st.sampled_from([(b"EX",), (b"FOO",), (b"PERSIST",), (b"",)]))
getex_options = options(
    option("PERSIST"), *expiry,
    st.sampled_from([(b"PX",), (b"KEEPTTL",), (b"FOO",)]), most=2)
expire_options = options(
    option("NX"), option("XX"), option("GT"), option("LT"), st.just((b"FOO",)), most=2)
restore_options = options(
    option("REPLACE"), option("REPLACE"), option("ABSTTL"), option("IDLETIME", integer),
    option("FREQ", mostly([b"0", b"255"], [b"256", b"-1", b"x"])),
    st.sampled_from([(b"FREQ",), (b"IDLETIME",), (b"FOO",)]), most=2)
copy_options = options(
    option("REPLACE"), option("DB", database), st.sampled_from([(b"DB",), (b"FOO",)]), most=2)

strings = st.one_of(
    one("GET", key),
    join("SET", key, value, set_options),
    join("SET", key, value, set_options),
    one("SET", key, value),
    one("SETNX", key, value),
    one("SETEX", key, seconds, value),
    one("PSETEX", key, milliseconds, value),
    one("GETSET", key, value),
    one("GETDEL", key),
    join("GETEX", key, getex_options),
    join("MGET", some(key)),
    join("MSET", some(st.tuples(key, value)).map(lambda pairs: sum(pairs, ()))),
    join("MSETNX", some(st.tuples(key, value), most=3).map(lambda pairs: sum(pairs, ()))),
    one("APPEND", key, value),
    one("STRLEN", key),
    one("GETRANGE", key, integer, integer),
    one("SUBSTR", key, integer, integer),
    one("SETRANGE", key,
        mostly([b"0", b"1", b"5", b"60", b"20000"],
               [b"-1", b"abc", b"536870912", b"9223372036854775807"]),
        value),
)
numbers = st.one_of(
    one("SET", key, st.sampled_from(INTEGERS + FLOATS)),
    one("INCR", key),
    one("DECR", key),
    one("INCRBY", key, integer),
    one("DECRBY", key, integer),
    one("INCRBYFLOAT", key, number),
)
bit_offset = mostly(
    [b"0", b"1", b"7", b"8", b"14", b"63", b"100", b"355", b"131071", b"131072", b"600000"],
    [b"-1", b"abc", b"", b"4294967296", b"9223372036854775807", b"01"])
bit = mostly([b"0", b"1"], [b"2", b"-1", b"", b"abc", b"01"])
bit_position = mostly(
    [b"0", b"1", b"2", b"5", b"7", b"8", b"9", b"-1", b"-2", b"-9", b"100", b"16000", b"-20000"],
    [b"9223372036854775807", b"-9223372036854775808", b"abc", b""])
unit = st.one_of(in_any_case("BYTE"), in_any_case("BIT"), in_any_case("BIT"), st.just(b"BITS"))
bit_range = st.one_of(
    st.just(()), st.just(()), st.tuples(bit_position), st.tuples(bit_position, bit_position),
    st.tuples(bit_position, bit_position, unit), st.tuples(bit_position, bit_position, unit),
    st.tuples(bit_position, bit_position, unit, unit))
field_type = mostly(
    [b"i1", b"u1", b"i5", b"u4", b"i8", b"u8", b"u15", b"i16", b"i32", b"u32", b"i63", b"u63",
     b"i64"],
    [b"u64", b"i65", b"i0", b"x8", b"", b"i", b"8", b"I8", b"u-1", b"u08"])
field_offset = mostly(
    [b"0", b"1", b"3", b"8", b"60", b"77", b"#0", b"#1", b"#2", b"#9", b"131050", b"131072"],
    [b"-1", b"#-1", b"#", b"", b"##1", b"4294967296", b"#9223372036854775807", b"abc"])
overflow = st.one_of(option("OVERFLOW", "WRAP"), option("OVERFLOW", "SAT"))
# In front of operations that may fail: Redis does not tell those who watch a key that it has grown
# if nothing else came of it. No field lies behind this bit.
growth = st.just((b"SET", b"u1", b"262144", b"1"))
field_get = option("GET", field_type, field_offset)
# Redis saturates numbers near the lowest one at the wrong end of a field with a sign.
field_value = mostly([b"0", b"1", b"-1", b"-7", b"100", b"-30000", b"9223372036854775807"],
                     NOT_INTEGERS)
field_write = st.one_of(
    option("SET", field_type, field_offset, field_value),
    option("INCRBY", field_type, field_offset, integer))
field_operations = options(
    field_get, field_get, field_write, field_write, overflow, overflow,
    st.sampled_from([(b"OVERFLOW", b"NOPE"), (b"OVERFLOW",), (b"GET",), (b"SET", b"u8", b"0"),
                     (b"NOPE",)]), most=6)
lcs_options = options(
    option("LEN"), option("IDX"), option("IDX"), option("WITHMATCHLEN"),
    option("MINMATCHLEN", mostly([b"0", b"1", b"2", b"4", b"-1"], [b"abc", b""])),
    st.sampled_from([(b"MINMATCHLEN",), (b"FOO",)]))
bits = st.one_of(
    one("SETBIT", key, bit_offset, bit),
    one("SETBIT", key, bit_offset, bit),
    one("GETBIT", key, bit_offset),
    join("BITCOUNT", key, bit_range),
    join("BITCOUNT", key, bit_range),
    join("BITPOS", key, bit, bit_range),
    join("BITPOS", key, bit, bit_range),
    join("BITOP", st.one_of(in_any_case("AND"), in_any_case("OR"), in_any_case("XOR")), key,
         some(key)),
    join("BITOP", st.one_of(in_any_case("NOT"), st.just(b"NOPE")), key, some(key, most=2)),
    join("BITFIELD", key, field_operations),
    join("BITFIELD", key, field_operations),
    join("BITFIELD", key, growth, option("OVERFLOW", "FAIL"), field_operations),
    join("BITFIELD_RO", key, options(field_get, field_get, field_get, field_write, overflow)),
    join("LCS", key, key, lcs_options),
)
keyspace = st.one_of(
    join("DEL", some(key)),
    join("UNLINK", some(key)),
    join("EXISTS", some(key)),
    join("TOUCH", some(key)),
    one("TYPE", key),
    one("RENAME", key, key),
    one("RENAMENX", key, key),
    join("COPY", key, key, copy_options),
    one("MOVE", key, database),
    one("DUMP", key),
    join("RESTORE", key, mostly([b"0", Later.MILLISECONDS], [b"-1", b"abc", b""]),
         mostly(PAYLOADS, WRONG_PAYLOADS), restore_options),
    one("RANDOMKEY"),
    one("DBSIZE"),
    one("KEYS", pattern),
)
times = st.one_of(
    join("EXPIRE", key, seconds, expire_options),
    join("PEXPIRE", key, milliseconds, expire_options),
    join("EXPIREAT", key, seconds_at, expire_options),
    join("PEXPIREAT", key, milliseconds_at, expire_options),
    one("TTL", key),
    one("PTTL", key),
    one("EXPIRETIME", key),
    one("PEXPIRETIME", key),
    one("PERSIST", key),
)
databases = st.one_of(
    one("SELECT", database),
    one("SELECT", database),
    one("SELECT", database),
    one("SWAPDB", database, database),
    st.sampled_from([(b"FLUSHDB",), (b"FLUSHALL",), (b"FLUSHDB", b"ASYNC"), (b"FLUSHALL", b"sync"),
                     (b"FLUSHDB", b"FOO"), (b"FLUSHALL", b"ASYNC", b"SYNC")]),
)
connection = st.one_of(
    one("PING"), one("PING", value), one("ECHO", value),
    one("CLIENT", in_any_case("GETNAME")),
    one("CLIENT", in_any_case("SETNAME"), st.sampled_from([b"", b"name", b"a b", b"a\nb"])),
    one("CLIENT", in_any_case("NO-EVICT"), mostly([b"ON", b"off"], [b"", b"yes"])),
    one("CLIENT", in_any_case("GETREDIR")),
    one("CLIENT", in_any_case("TRACKINGINFO")),
    # Never so that it begins: then messages would come between the replies.
    join("CLIENT", in_any_case("TRACKING"), st.sampled_from([
        (b"OFF",), (b"off", b"NOLOOP"), (b"ON", b"OPTIN", b"OPTOUT"), (b"ON", b"BCAST", b"OPTIN"),
        (b"ON", b"BCAST", b"PREFIX", b"a", b"PREFIX", b"ab"), (b"ON", b"PREFIX", b"a"),
        (b"ON", b"REDIRECT"), (b"on", b"REDIRECT", b"x"), (b"ON", b"REDIRECT", b"999999999"),
        (b"maybe",), (b"ON", b"what"), (b"OFF", b"PREFIX")])),
    one("CLIENT", in_any_case("CACHING"), st.sampled_from([b"YES", b"no", b"maybe"])),
    one("CLIENT", in_any_case("UNPAUSE")),
    join("CLIENT", in_any_case("PAUSE"), st.sampled_from([
        (b"0",), (b"0", b"WRITE"), (b"x",), (b"-1",), (b"0", b"SOME"),
        (b"0", b"ALL", b"x")])),
    join("CLIENT", in_any_case("KILL"), st.sampled_from([
        (b"1.2.3.4:5",), (b"ID", b"0"), (b"ID", b"x"), (b"ID", b"999999999"), (b"TYPE", b"x"),
        (b"type", b"PUBSUB"), (b"ADDR", b"1.2.3.4:5"), (b"LADDR", b"x", b"SKIPME", b"no"),
        (b"USER", b"x"), (b"SKIPME", b"x"), (b"ID", b"1", b"x"), (b"FOO", b"x")])),
    join("CLIENT", in_any_case("UNBLOCK"), st.sampled_from([
        (b"999999999",), (b"999999999", b"ERROR"), (b"1", b"x"), (b"x",), (b"1", b"ERROR", b"x")])),
    one("RESET"),
)
watch = join("WATCH", some(key))
watches = st.one_of(watch, one("UNWATCH"))
transactions = st.one_of(
    st.sampled_from([(b"MULTI",), (b"EXEC",), (b"DISCARD",), (b"multi",), (b"Exec",)]), watches)

# What operators ask, where the answer does not depend on how fast the server is.
observation = st.one_of(
    join("SLOWLOG", st.sampled_from([
        (b"GET", b"-2"), (b"GET", b"x"), (b"GET", b"1", b"2"), (b"LEN", b"x"), (b"get", b"0"),
        (b"NOPE",), ()])),
    join("LATENCY", st.sampled_from([
        (b"GRAPH", b"nope"), (b"HISTORY", b"nope"), (b"RESET", b"nope", b"nope"), (b"LATEST",),
        (b"HISTOGRAM", b"nope"), (b"LATEST", b"x"), (b"NOPE",), ()])),
    join("DEBUG", st.sampled_from([(b"OBJECT", b"a"), (b"SLEEP", b"0"), (b"HELP",)])),
)

NAMES = (
    "GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX MGET MSET MSETNX APPEND STRLEN GETRANGE "
    "SUBSTR SETRANGE SETBIT GETBIT BITCOUNT BITPOS BITOP BITFIELD BITFIELD_RO LCS INCR DECR "
    "INCRBY DECRBY INCRBYFLOAT DEL UNLINK EXISTS TYPE TOUCH EXPIRE PEXPIRE EXPIREAT PEXPIREAT "
    "TTL PTTL EXPIRETIME PEXPIRETIME PERSIST KEYS RENAME RENAMENX COPY MOVE DUMP RESTORE DBSIZE "
    "RANDOMKEY SWAPDB SELECT ECHO PING MULTI EXEC DISCARD WATCH UNWATCH AUTH FLUSHDB FLUSHALL CLIENT "
    "CONFIG").split()
# Commands of every length, thus mostly of the wrong one; and commands that do not exist.
mistakes = st.one_of(
    join(st.sampled_from([name.encode() for name in NAMES if name not in ("FLUSHALL", "AUTH")]),
         st.sampled_from([(), (b"",), (b"x",) * 5, (b"x",) * 9])),
    join(st.sampled_from([b"NOPE", b"", b"get ", b"GE\r\nT", Long(b"x", 200),
                          b"\xff\xfe"]),
         some(st.sampled_from(REPEATED_VALUES + [Long(b"y", 45)]), least=0, most=30)),
    join("CLIENT", some(st.sampled_from([b"NOPE", b"ID", b"GETNAME", b"x"]), least=1, most=3)
         .filter(lambda words: words != (b"ID",))),
    join("SCAN", st.sampled_from([
        (), (b"abc",), (b"0", b"COUNT"), (b"0", b"COUNT", b"0"), (b"0", b"COUNT", b"-3"),
        (b"0", b"COUNT", b"x"), (b"0", b"FOO", b"1"), (b"0", b"MATCH"), (b" 0",),
        (b"18446744073709551616",)])),
)

command = st.one_of(strings, numbers, bits, keyspace, times, strings, numbers, bits, keyspace, times,
                    databases, transactions, connection, observation, mistakes)
# What a transaction holds: no MULTI, EXEC or DISCARD of its own.
inner_command = st.one_of(strings, numbers, bits, keyspace, times, databases, watches, mistakes)
