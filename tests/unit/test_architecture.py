"""A module imports only from the lines above its own; modules on one line do not know each other."""

import ast
from pathlib import Path

import audio_builder

PACKAGE = Path(audio_builder.__file__).parent

LAYERS = """
errors
units
script . clip . episode . categories . kept
timeline . cache . shelf . show . ledger
parse . plan . voices . sound . cuesheet
options . load . lint . narrate . mix . transcript . tags . picture . notes
encode
loops
spans
session . inspection
recipe . order
library
companions
build
review . feed . site
podcast
publish
batch
web
cli
"""

ORDER = {
    name: depth
    for depth, line in enumerate(LAYERS.strip().splitlines())
    for name in (part.strip() for part in line.split(" . "))
}


def _modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield path, parts


def _imports(path, parts):
    """The top-level modules of the package that a file imports."""
    package = ["audio_builder", *parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            target = base + (node.module.split(".") if node.module else [])
            for name in [target] if len(target) > 1 else [[*target, alias.name] for alias in node.names]:
                yield name[1]
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            for name in names:
                if name and name.startswith("audio_builder."):
                    yield name.split(".")[1]


def test_every_module_stands_on_a_line():
    tops = {parts[0] for _, parts in _modules()} - {"__init__", "__main__"}
    assert tops <= set(ORDER), tops - set(ORDER)


def test_imports_go_up_only():
    wrong = []
    for path, parts in _modules():
        if parts[0] in ("__init__", "__main__"):
            continue
        for name in _imports(path, parts):
            if name in (parts[0], "__version__"):
                continue
            if ORDER[name] >= ORDER[parts[0]]:
                wrong.append(f"{'.'.join(parts)} imports {name}")
    assert not wrong


def test_no_module_is_long():
    """A module is a stage: think again before 300 lines."""
    long = [
        (str(path.relative_to(PACKAGE)), n)
        for path, _ in _modules()
        if (n := len(path.read_text().splitlines())) > 330
    ]
    assert not long


def test_the_page_of_the_architecture_names_every_module():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8")
    tops = {parts[0] for _, parts in _modules()} - {"__init__", "__main__"}
    missing = [name for name in sorted(tops) if f"`{name}`" not in page and f"`{name}/`" not in page]
    assert not missing
