"""Checks that #include lines go one way: protocol <- storage <- server/commands <- server.

protocol/ knows the standard library; storage/ also xxHash and the allocators; server/commands/ knows both
and the headers of server/ that lead to no socket, by whatever way; Asio and spdlog are for the rest of
server/, and CLI11 for the command line alone.
"""

import re

import pytest

from source_tree import REPOSITORY, sources, write_tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")', re.MULTILINE)

SOCKETS = re.compile(r"(sys/(socket|un|epoll|eventfd)|netinet/\w+|arpa/inet|netdb|poll)\.h$")
STANDARD = re.compile(r"[a-z_]+$")
C_LIBRARY = re.compile(
    r"(sys/(?!(?:socket|un|epoll|eventfd)\.h)\w+|(linux|sanitizer)/\w+|unistd|fcntl|strings|time"
    r"|sched|glob|signal|pthread|dirent|pwd|grp|malloc|[a-z0-9]*intrin|arm_neon)\.h$")
BYTES_AND_ALLOCATORS = re.compile(
    r"(xxhash|nettle/sha1|lzf|mimalloc|malloc|jemalloc/jemalloc)\.h$")
NETWORK_AND_LOG = re.compile(r"(asio(/.*)?\.hpp|asio/.*|spdlog/.*)$")
COMMAND_LINE = re.compile(r"CLI/.*$")

# What a command may not reach, neither itself nor through headers of Larder's own.
NOT_FOR_COMMANDS = (NETWORK_AND_LOG, COMMAND_LINE, SOCKETS)


def any_of(*patterns):
    return lambda name: any(pattern.match(name) for pattern in patterns)


# For each part of the tree, the most special first: what of its own project, and of the system and
# the libraries, it may include.
RULES = (
    ("server/command_line.cc", ("protocol/", "storage/", "server/"),
     any_of(STANDARD, C_LIBRARY, COMMAND_LINE)),
    ("server/commands/", ("protocol/", "storage/", "server/"), any_of(STANDARD, C_LIBRARY)),
    ("server/", ("protocol/", "storage/", "server/"),
     any_of(STANDARD, C_LIBRARY, SOCKETS, BYTES_AND_ALLOCATORS, NETWORK_AND_LOG)),
    ("storage/", ("storage/",), any_of(STANDARD, C_LIBRARY, BYTES_AND_ALLOCATORS)),
    ("protocol/", ("protocol/",), any_of(STANDARD, C_LIBRARY)),
)


def includes(root, path):
    """The files that `path` includes, as (name, whether it is of the project)."""
    text = (root / path).read_text()
    return [(found[1:-1], found[0] == '"') for found in INCLUDE.findall(text)]


def direct_mistakes(root, path):
    own, allowed = next(rule[1:] for rule in RULES if str(path).startswith(rule[0]))
    for name, is_own in includes(root, path):
        if is_own and not (root / name).exists():
            yield f"{path} includes \"{name}\", which is not a path from the top of the tree"
        elif is_own and not name.startswith(own):
            yield f"{path} includes \"{name}\", which is not below it"
        elif not is_own and not allowed(name):
            yield f"{path} includes <{name}>, which it must not know"


def reached(root, path, seen):
    """All that `path` includes, through headers of the project too, with the way to it."""
    for name, is_own in includes(root, path):
        if name in seen:
            continue
        seen.add(name)
        yield name, (name,)
        if is_own and (root / name).exists():
            yield from ((deep, (name,) + way) for deep, way in reached(root, name, seen))


def indirect_mistakes(root, path):
    for name, way in reached(root, path, set()):
        if any(pattern.match(name) for pattern in NOT_FOR_COMMANDS):
            yield f"{path} reaches <{name}> through {' -> '.join(way)}"


def mistakes(root):
    found = []
    for path in sources(root, ("protocol", "storage", "server")):
        found += direct_mistakes(root, path)
        if str(path).startswith("server/commands/"):
            found += indirect_mistakes(root, path)
    return found


def test_includes_go_one_way():
    assert mistakes(REPOSITORY) == []


def test_the_tree_is_looked_at():
    assert len(sources(REPOSITORY)) > 20
    assert includes(REPOSITORY, "server/command_line.cc")


ALLOWED = {
    "protocol/parser.h": "#include <vector>\n#include <sys/uio.h>\n",
    "storage/shard.h": '#include <xxhash.h>\n#include "storage/table.h"\n#include <emmintrin.h>\n',
    "storage/table.h": "#include <string_view>\n",
    "server/state.h": '#include "storage/shard.h"\n#include "protocol/parser.h"\n',
    "server/listener.h": "#include <asio.hpp>\n#include <asio/ip/tcp.hpp>\n#include <netdb.h>\n"
                         "#include <spdlog/spdlog.h>\n",
    "server/command_line.cc": '#include <CLI/CLI.hpp>\n#include "server/state.h"\n',
    "server/commands/get.cc": '#include "server/state.h"\n#include "storage/shard.h"\n',
}


def test_what_the_rule_allows(tmp_path):
    assert mistakes(write_tree(tmp_path, ALLOWED)) == []


@pytest.mark.parametrize("path, line", [
    ("protocol/bad.h", '#include "storage/shard.h"'),
    ("protocol/bad.h", '#include "server/state.h"'),
    ("protocol/bad.h", "#include <xxhash.h>"),
    ("protocol/bad.h", "#include <asio.hpp>"),
    ("protocol/bad.h", "#include <sys/socket.h>"),
    ("storage/bad.cc", '#include "protocol/parser.h"'),
    ("storage/bad.cc", '#include "server/state.h"'),
    ("storage/bad.cc", "  #  include  <spdlog/spdlog.h>"),
    ("storage/bad.cc", "#include <arpa/inet.h>"),
    ("server/bad.cc", "#include <CLI/CLI.hpp>"),
    ("server/bad.cc", "#include <boost/asio.hpp>"),
    ("server/bad.cc", '#include "state.h"'),
    ("server/bad.cc", '#include "tests/server/state.h"'),
    ("server/commands/bad.cc", "#include <asio/ip/tcp.hpp>"),
    ("server/commands/bad.cc", "#include <spdlog/spdlog.h>"),
    ("server/commands/bad.cc", "#include <poll.h>"),
    ("server/commands/bad.cc", '#include "server/listener.h"'),
    ("server/commands/bad.cc", '#include "server/between.h"'),
])
def test_what_the_rule_finds(tmp_path, path, line):
    between = {"server/between.h": '#include "server/listener.h"\n'}
    write_tree(tmp_path, {**ALLOWED, **between, path: "#pragma once\n" + line + "\n"})
    assert len(mistakes(tmp_path)) >= 1
    assert all(mistake.startswith(path) for mistake in mistakes(tmp_path))
