"""The public API: its names, and the examples in its docstrings and on its page."""

import doctest
import importlib
import subprocess
import sys

import pytest
from common import ROOT

import audio_builder


def _run_example(example, tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    results = runner.run(example, out=sys.stdout.write)
    assert results.attempted and not results.failed


def test_the_examples_on_the_page_run(tmp_path, monkeypatch, home):
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    names = {name: getattr(audio_builder, name) for name in ("BuildOptions", "Workspace")}
    example = doctest.DocTestParser().get_doctest(
        text.replace("```", ""), {"audio_builder": audio_builder, **names}, "docs/api.md", "docs/api.md", 0
    )
    _run_example(example, tmp_path, monkeypatch, home)


@pytest.mark.parametrize("module", ["audio_builder.build", "audio_builder.diagnostics.report"])
def test_the_examples_in_docstrings_run(module, tmp_path, monkeypatch, home):
    examples = doctest.DocTestFinder().find(importlib.import_module(module))
    for example in (example for example in examples if example.examples):
        _run_example(example, tmp_path, monkeypatch, home)


@pytest.mark.parametrize("name", audio_builder.__all__)
def test_every_public_name_is_documented_and_on_the_page(name):
    assert getattr(audio_builder, name).__doc__
    assert f"`{name}`" in (ROOT / "docs" / "api.md").read_text("utf-8")


def test_a_name_that_is_not_public_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        audio_builder.nothing  # noqa: B018 - the access itself is what is tested


def test_the_function_build_is_public_whatever_was_imported_before():
    importlib.import_module("audio_builder.build")
    assert callable(audio_builder.build)


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys, audio_builder; print(*(m for m in sys.modules if m in ('numpy', 'click', 'msgspec')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
