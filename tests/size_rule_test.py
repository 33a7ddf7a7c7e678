"""Checks that files stay small: a source has at most 400 lines, a header 250; tables are exempt."""

import re

import pytest

from source_tree import REPOSITORY, sources, write_tree

LINES_OF_SOURCE = 400
LINES_OF_HEADER = 250
# Tables of data; and templates, which are sources although they are included.
TABLE = re.compile(r"(\w+_table(_rows)?|command_arguments)\.(h|cc)$")
TEMPLATE = re.compile(r"\w+_inl\.h$")


def limit(name):
    if TABLE.match(name):
        return None
    return LINES_OF_HEADER if name.endswith(".h") and not TEMPLATE.match(name) else LINES_OF_SOURCE


def mistakes(root):
    found = []
    for path in sources(root):
        lines = len((root / path).read_text().splitlines())
        most = limit(path.name)
        if most is not None and lines > most:
            found.append(f"{path} has {lines} lines; {most} are the most")
    return found


def test_files_are_small():
    assert mistakes(REPOSITORY) == []


@pytest.mark.parametrize("name, lines, fits", [
    ("server/a.cc", 400, True),
    ("server/a.cc", 401, False),
    ("storage/a.h", 250, True),
    ("protocol/a.h", 251, False),
    ("storage/a_inl.h", 400, True),
    ("storage/a_inl.h", 401, False),
    ("server/command_table.cc", 2000, True),
    ("server/commands/deep/a.cc", 401, False),
])
def test_limits(tmp_path, name, lines, fits):
    write_tree(tmp_path, {name: "\n" * lines})
    assert (mistakes(tmp_path) == []) == fits
