"""An option is declared once: the command line, the page, the schema, the manifest and file names follow from it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from urllib.request import urlopen

import pytest
from common import ROOT
from servers import hide_shipped_scripts

from audio_builder.audio.beds import BEDS
from audio_builder.audio.chimes import BELLS
from audio_builder.errors import InvalidValue
from audio_builder.option_kinds import breath_phases
from audio_builder.options import (
    BY_NAME,
    OPTIONS,
    BuildOptions,
    given,
    merged,
    parse_options,
    resolved,
    suffixes,
)
from audio_builder.podcast.registry import current_variant

MADE_UP = """
    incense: str = option(
        Choice(choices={"none": "no incense", "sandalwood": "sandalwood"}),
        default="none",
        help="Incense to imagine.",
        label="Incense",
    )
"""

SCRIPT = """---
title: Small
---

# Rest

Rest for a while, and I will speak again.
[rest 2m..]

# Up {fixed}

Get up slowly.
"""


@pytest.fixture(scope="module")
def with_incense(tmp_path_factory):
    """A copy of the program whose table of options has one more entry, and a folder to use it in."""
    folder = tmp_path_factory.mktemp("incense")
    shutil.copytree(ROOT / "audio_builder", folder / "audio_builder")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "small.md").write_text(SCRIPT)
    table = folder / "audio_builder" / "options.py"
    head, mark, tail = table.read_text("utf-8").partition("    draft: bool = option(")
    table.write_text(f"{head.rstrip()}{MADE_UP}{mark}{tail}", "utf-8")
    return folder


@pytest.fixture(scope="module")
def command(with_incense, home):
    environment = {**os.environ, "PYTHONPATH": str(with_incense), "XDG_CACHE_HOME": str(home / "cache")}

    def start(*arguments, **how):
        return subprocess.Popen(
            [sys.executable, "-m", "audio_builder", *arguments],
            cwd=with_incense,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **how,
        )

    return start


@pytest.fixture(scope="module")
def output(command):
    def run(*arguments):
        process = command(*arguments)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return out

    return run


def test_a_new_option_is_in_the_help_of_every_command_that_plans(output):
    for verb in ("build", "plan", "watch"):
        assert "--incense [none|sandalwood]" in " ".join(output(verb, "--help").split())
        assert "Incense to imagine." in output(verb, "--help")


def test_a_new_option_is_in_the_schema_of_front_matter(output):
    properties = json.loads(output("schema"))["properties"]
    assert properties["incense"] == {
        "description": "Incense to imagine.",
        "enum": ["none", "sandalwood"],
    }


def test_a_new_option_is_in_the_manifest_and_in_the_name_of_the_file(output, with_incense):
    built = output("build", "small", "--length", "5m", "--voice", "tone", "--incense", "sandalwood")
    assert built.startswith("output/small-5m-tone-sandalwood.mp3")
    manifest = json.loads((with_incense / "output" / "small-5m-tone-sandalwood.json").read_text())
    assert manifest["choice"]["incense"] == "sandalwood"
    assert manifest["variant"] == "tone-sandalwood"


def test_a_batch_can_vary_a_new_option(output, with_incense):
    (with_incense / "year.toml").write_text('script = "small"\nincenses = ["none", "sandalwood"]\n')
    events = [json.loads(line) for line in output("batch", "year.toml", "--dry-run", "--json").splitlines()]
    assert [event["options"]["incense"] for event in events[1:]] == ["none", "sandalwood"]


def test_front_matter_sets_a_new_option_and_the_command_line_wins(output, with_incense):
    scented = SCRIPT.replace("title: Small", "title: Small\nincense: sandalwood")
    (with_incense / "scripts" / "scented.md").write_text(scented)
    own = json.loads(output("build", "scented", "--length", "5m", "--voice", "tone", "--json"))
    assert (own["name"], own["choice"]["incense"]) == ("scented-5m-tone", "sandalwood")
    other = json.loads(
        output("build", "scented", "--length", "5m", "--voice", "tone", "--incense", "none", "--json")
    )
    assert (other["name"], other["choice"]["incense"]) == ("scented-5m-tone-none", "none")


def test_a_new_option_is_in_the_forms_of_the_page_and_in_addresses(command, with_incense):
    hide_shipped_scripts(with_incense)
    process = command("serve", "--port", "0")
    try:
        address = process.stderr.readline().split()[0]
        for path in ("", "make", "subscribe"):
            with urlopen(f"{address}{path}") as answer:
                page = answer.read().decode()
            assert '<select name="incense">' in page
            assert '<option value="sandalwood">sandalwood</option>' in page
        with urlopen(f"{address}api/plan?script=small&voice=tone&length=5m&incense=sandalwood") as answer:
            assert json.load(answer)["length"] == 300_000
    finally:
        process.terminate()
        process.communicate()


def test_every_field_of_build_options_is_an_option():
    assert tuple(field.name for field in fields(BuildOptions)) == tuple(option.name for option in OPTIONS)


def test_the_names_of_ambiences_and_bells_are_those_that_can_be_played():
    assert set(BY_NAME["ambience"].kind.names) == set(BEDS)
    assert set(BY_NAME["bell"].kind.names) == set(BELLS)


def test_the_first_layer_that_gives_a_value_wins():
    asked, own = BuildOptions(voice="tone"), BuildOptions(voice="piper", bell="wood")
    assert given(merged(asked, own)) == {"voice": "tone", "bell": "wood"}
    everything = resolved(asked, own)
    assert (everything.voice, everything.bell, everything.ambience) == ("tone", "wood", "room")


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.default is not None])
def test_defaults_are_values_that_their_options_take(option):
    assert option.kind.check(option.default) == option.default


def test_only_what_was_asked_for_and_differs_from_the_script_is_in_a_file_name():
    own = resolved(BuildOptions(bell="wood", speed=0.6))
    asked = parse_options(
        {"bell": "wood", "ambience": "none", "ending": "sleep", "preroll": "1m", "speed": "0.7"}
    )
    assert suffixes(asked, resolved(asked, own), own) == "0.7-no-ambience-sleep-preroll-1m"


@pytest.mark.parametrize(
    ("written", "current"),
    [("lead-1m", "preroll-1m"), ("mono-lead-30s", "mono-preroll-30s"), ("lead-me", "lead-me"), ("", "")],
)
def test_a_variant_of_0_1_is_read_as_the_same_variant(written, current):
    assert current_variant(written) == current


@pytest.mark.parametrize(
    ("pattern", "phases"),
    [
        ("4-6", (4000, 0, 6000, 0)),
        ("4-2-6", (4000, 2000, 6000, 0)),
        ("4-2-6-2", (4000, 2000, 6000, 2000)),
        ("4.5-6", (4500, 0, 6000, 0)),
        ("none", None),
        ("", None),
    ],
)
def test_a_breath_pattern_is_read_as_its_phases(pattern, phases):
    assert breath_phases(pattern) == phases


@pytest.mark.parametrize("pattern", ["4", "0-6", "4-6-", "a-b", "61-6", "4-6-2-2-2", "4-0.5"])
def test_a_pattern_that_nobody_can_breathe_is_refused(pattern):
    with pytest.raises(InvalidValue, match="invalid breath"):
        breath_phases(pattern)
