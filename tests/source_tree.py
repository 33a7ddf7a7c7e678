"""The source files of the tree, for the tests that check rules of the house on them."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDERS = ("protocol", "storage", "server", "bench")


def sources(root, folders=FOLDERS):
    """The paths, relative to `root`, of the C++ files in `folders`."""
    found = [path.relative_to(root) for folder in folders
             for path in (root / folder).rglob("*") if path.suffix in (".h", ".cc")]
    return sorted(found)


def write_tree(root, files):
    """Makes a tree of `files`, which maps paths to texts."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
