"""The shape of the package: rooms in order, no cycles, short modules and functions, one meaning for each name."""

import ast
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from common import ROOT

import audio_builder

PACKAGE = Path(audio_builder.__file__).parent

ROOMS = [
    *("errors", "units", "text", "files", "ffmpeg", "cache", "memory_cache", "option_kinds", "options"),
    "languages",
    "figures",
    *(
        "notation",
        "spoken",
        "script",
        "importing",
        "planning",
        "audio",
        "speech",
        "takes",
        "mp3",
        "session",
        "pictures",
        "formats",
    ),
    *(
        "cast",
        "request",
        "assets",
        "library",
        "build",
        "diagnostics",
        "inspection",
        "service",
        "podcast",
        "batch",
        "cluster",
        "web",
        "cli",
    ),
]
"""Top-level modules and folders. Each imports only from those before it."""

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))
}


@cache
def _tree(module):
    return ast.parse(MODULES[module].read_text("utf-8"))


def _absolute(module, node):
    """The dotted names, without the package's own, that an import statement may refer to."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif node.level:
        package = ["audio_builder", *module.split(".")[:-1]]
        base = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
        names = [".".join([*base, alias.name]) for alias in node.names]
    else:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    return [
        name.removeprefix("audio_builder").lstrip(".")
        for name in names
        if name.split(".")[0] == "audio_builder"
    ]


def _imports(module):
    """Every module of the package that a module imports, at its top, in a function or for type checkers only."""
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _absolute(module, node):
                if name in MODULES:
                    yield name
                elif name.rpartition(".")[0] in MODULES:
                    yield name.rpartition(".")[0]
                elif name != "__version__":
                    yield name


def _room(module):
    return module.split(".")[0]


def _inside():
    return [module for module in MODULES if module not in ("__init__", "__main__")]


def test_every_module_is_in_a_room():
    assert {_room(module) for module in _inside()} == set(ROOMS)


def test_a_module_imports_only_from_its_own_room_and_the_rooms_above():
    upward = {
        module: wrong
        for module in _inside()
        if (
            wrong := [
                name
                for name in _imports(module)
                if name.split(".")[0] not in ROOMS[: ROOMS.index(_room(module)) + 1]
            ]
        )
    }
    assert upward == {}


def test_no_modules_import_each_other_in_a_circle():
    graph = {module: {name for name in _imports(module) if name != module} for module in _inside()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_nothing_of_the_package_is_imported_inside_a_function():
    late = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for function in ast.walk(_tree(module))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and _absolute(module, node)
    ]
    assert late == []


def test_nothing_of_the_package_is_imported_by_a_name_in_a_string_but_commands_and_the_public_api():
    found = [
        module
        for module in _inside()
        for node in ast.walk(_tree(module))
        if (isinstance(node, ast.Attribute) and node.attr == "import_module")
        or (isinstance(node, ast.Name) and node.id in ("__import__", "import_module"))
    ]
    assert found == ["cli.library", "cli.main"]


def test_the_top_level_is_small():
    assert len(list(PACKAGE.glob("*.py"))) <= 14


def test_folders_have_nothing_but_a_docstring_in_their_init():
    full = [module for module in _inside() if module.endswith("__init__") and len(_tree(module).body) > 1]
    assert not full


def test_a_module_has_at_most_300_lines():
    lines = {module: len(path.read_text("utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > 300} == {}


def test_a_function_has_at_most_40_lines():
    long = [
        f"{module}.{node.name}, {node.end_lineno - node.lineno + 1} lines"
        for module in MODULES
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 40
    ]
    assert not long


def _public_names(module):
    for node in _tree(module).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_a_public_name_is_defined_in_one_module_only():
    where = defaultdict(set)
    for module in _inside():
        for name in _public_names(module):
            if not name.startswith("_"):
                where[name].add(module)
    assert {name: sorted(modules) for name, modules in where.items() if len(modules) > 1} == {}


def test_the_page_of_the_architecture_names_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert [room for room in ROOMS if f"`{room}`" not in page and f"`{room}/`" not in page] == []
