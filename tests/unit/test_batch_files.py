"""Batch files: which sessions they ask for, in which order and under which names, and what is wrong with them."""

import json
from datetime import UTC, datetime
from itertools import product

import pytest
import tomli_w
from common import examples
from hypothesis import given
from hypothesis import strategies as st

from audio_builder.batch.expand import describe_session, expand
from audio_builder.batch.file import read_batch
from audio_builder.batch.schedule import with_dates
from audio_builder.batch.values import FIELDS
from audio_builder.errors import AudioBuilderError, ScriptErrors
from audio_builder.options import OPTIONS, BuildOptions
from audio_builder.options import given as given_options
from audio_builder.podcast.registry import EpisodeRegistry, Publication, SessionKey
from audio_builder.script.search import ScriptFinder

SCRIPTS = ("evening", "morning", "noon")
DAY = datetime(2027, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with three scripts, which are only looked for, and with a sound."""
    folder = tmp_path_factory.mktemp("batch")
    (folder / "scripts").mkdir()
    for name in SCRIPTS:
        (folder / "scripts" / f"{name}.md").write_text("---\ntitle: A\n---\n\nRest. [4m..]\n", "utf-8")
    (folder / "rain.wav").write_bytes(b"sound")
    return folder


@pytest.fixture
def read(folder):
    """Read a batch file."""

    def read_text(text):
        path = folder / "year.toml"
        path.write_text(text, "utf-8")
        return read_batch(path, ScriptFinder((folder / "scripts",)))

    return read_text


@pytest.fixture
def sessions(read):
    """The sessions of a batch file, as `audio-builder build` would take them."""
    return lambda text: [describe_session(one.planned) for one in expand(read(text))]


@pytest.fixture
def error(read):
    """The text of the error that a batch file gives."""

    def message(text):
        with pytest.raises(AudioBuilderError) as caught:
            expand(read(text))
        return str(caught.value)

    return message


def test_lists_are_combined_and_the_first_changes_slowest(sessions):
    assert sessions('lengths = ["5m", "6m"]\nscripts = ["evening", "noon"]\nvoice = "tone"') == [
        "evening --length 5m --voice tone",
        "noon --length 5m --voice tone",
        "evening --length 6m --voice tone",
        "noon --length 6m --voice tone",
    ]


def test_tables_of_sessions_refine_the_top_level(sessions):
    text = """
scripts = ["evening", "noon"]
length = "5m"

[[sessions]]
voice = "tone"

[[sessions]]
script = "morning"
lengths = ["6m", "7m"]
"""
    assert sessions(text) == [
        "evening --length 5m --voice tone",
        "noon --length 5m --voice tone",
        "morning --length 6m",
        "morning --length 7m",
    ]


def test_all_is_every_script_in_the_first_folder(sessions):
    assert sessions('script = "all"') == [*SCRIPTS]


def test_paths_begin_in_the_folder_of_the_file(sessions, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (found,) = sessions('script = "scripts/noon.md"\nambience = "./rain.wav"')
    assert found == f"{folder.name}/scripts/noon.md --ambience {folder.name}/rain.wav"


def test_every_option_of_a_build_can_be_a_list_in_the_singular_and_in_the_plural(read):
    examples = {
        "length": ["5m", "6m"],
        "positions": ["a,b", "c"],
        "voice": ["tone", "hibari"],
        "speed": [0.8, 1],
        "fill": ["tone", "hibari"],
        "ambience": ["none", "rain"],
        "bell": ["none", "wood"],
        "ambience-level": [-6, 3.5],
        "bell-level": [-6, 3],
        "breath": ["4-6", "none"],
        "ending": ["wake", "sleep"],
        "quality": ["stereo", "mono"],
        "preroll": ["1m", "30s"],
        "variation": [2, "2027-01-05"],
    }
    by_rule = {"name", "date", "draft", "format", "stems"}
    assert set(examples) == {option.key for option in OPTIONS} - by_rule
    for option in OPTIONS:
        if option.key in by_rule:
            continue
        values = examples[option.key]
        plural = {"quality": "qualities", "positions": "positions"}.get(option.key, f"{option.key}s")
        for key in (option.key, plural):
            found = expand(read(f'script = "noon"\n{key} = {json.dumps(values)}'))
            parsed = [option.kind.check(option.kind.parse(str(value))) for value in values]
            assert [getattr(one.planned.options, option.name) for one in found] == parsed


def test_positions_in_a_list_of_lists_are_a_session_each(read):
    found = expand(read('script = "noon"\npositions = [["a", "b"], ["b"]]'))
    assert [one.planned.options.positions for one in found] == [("a", "b"), ("b",)]


def test_a_combination_is_excluded_if_each_key_of_a_table_matches(sessions):
    text = """
scripts = ["evening", "noon"]
lengths = ["5m", "6m", "7m"]

[[exclude]]
script = "noon"
lengths = ["5m", "6m"]

[[exclude]]
script = "scripts/evening.md"
length = "7m"
"""
    assert sessions(text) == ["evening --length 5m", "evening --length 6m", "noon --length 7m"]


def test_drafts_are_all_those_of_a_group_or_those_that_match(read):
    def drafts(text):
        return [one.planned.options.draft for one in expand(read(text))]

    assert drafts('scripts = ["evening", "noon"]\ndraft = true') == [True, True]
    assert drafts('scripts = ["evening", "noon"]\n[[draft]]\nscript = "noon"') == [None, True]
    assert drafts('script = "noon"\n[[sessions]]\n[[sessions]]\nscript="evening"\ndraft = true') == [
        None,
        True,
    ]


def test_names_follow_the_template(read):
    text = 'scripts = ["evening", "noon"]\nlengths = ["5m", "1h30m"]\nvoice = "hibari:heart"\n'
    found = expand(
        read(f'{text}ambience = "none"\nname = "2027-{{script}}-{{length}}-{{voice}}-{{ambience}}"')
    )
    assert [one.planned.options.name for one in found][:2] == [
        "2027-evening-5m-hibari-heart-no-ambience",
        "2027-evening-1h30m-hibari-heart-no-ambience",
    ]


def test_names_have_no_characters_that_names_of_files_cannot_have(read):
    (found,) = expand(
        read('script = "noon"\nspeed = 0.9\nbell-level = 3\nname = "{script} {speed}/{bell-level}"')
    )
    assert found.planned.options.name == "noon-0_9-+3dB"


def test_a_session_is_described_so_that_it_can_be_pasted_into_a_shell(read, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "my rain.wav").write_bytes(b"sound")
    (found,) = expand(read('script = "noon"\nambience = "./my rain.wav"\nlength = "5m30s"\nspeed = 0.9'))
    assert describe_session(found.planned) == "noon --length 5m30s --speed 0.9 --ambience 'my rain.wav'"


MISTAKES = {
    "unknown key": ('script = "noon"\nlenght = "5m"', "year.toml:2:1", 'unknown key "lenght"', '"length"'),
    "unknown script": ('scripts = ["noon",\n  "evenin"]', "year.toml:2:4", '"evenin"', '"evening"'),
    "no script": ('length = "5m"', "year.toml:1:1", "no script is named", '"all"'),
    "no unit": ('script = "noon"\nlength = 20', "year.toml:2:10", 'invalid length "20"', "20m"),
    "too short": ('script = "noon"\nlength = "2m"', "year.toml:2:11", "invalid length 2m", "use 5m to 8h"),
    "a table for a value": ('script = "noon"\nspeed = {a = 1}', "year.toml:2:1", "invalid speed", "quotes"),
    "a time of TOML": ('script = "noon"\nlength = 20:00:00', "year.toml:2:10", "invalid length", "quotes"),
    "true for a word": ('script = "noon"\nending = true', "year.toml:2:1", "invalid ending", "quotes"),
    "empty list": ('script = "noon"\nlengths = []', "year.toml:2:1", "empty", "remove the line"),
    "singular and plural": (
        'script = "noon"\nlength = "5m"\nlengths = ["6m"]',
        "year.toml:3:1",
        "length and lengths are the same",
        "keep one",
    ),
    "missing sound": ('script = "noon"\nbell = "x/y.wav"', "year.toml:2:9", "no file named", "folder of this"),
    "nobody": ('script = "noon"\nbell = "~nobody/y.wav"', "year.toml:2:9", "no file named", "folder"),
    "script that is a number": ("script = 3", "year.toml:1:10", "expected a name", "quotes"),
    "draft in quotes": ('script = "noon"\ndraft = "yes"', "year.toml:2:1", "true or false", "[[draft]]"),
    "feed in quotes": ('script = "noon"\nfeed = "no"', "year.toml:2:1", "true or false", "quotes"),
    "bad date": ('script = "noon"\ndate = "every Tuesday"', "year.toml:2:1", "no first date", "every Tuesday from"),
    "feed in a table": ('script = "noon"\n[[sessions]]\nfeed = false', "year.toml:3:1", "does not belong", "above"),
    "choose by date": ('script = "noon"\n[[draft]]\ndate = 2027-01-05', "year.toml:3:1", "cannot choose", "above"),
    "one table": ('script = "noon"\n[sessions]\nlength = "5m"', "year.toml:2:1", "not a list", "[[sessions]]"),
    "empty table": ('script = "noon"\n[[exclude]]', "year.toml:2:1", "has no keys", "script ="),
    "not TOML": ('script = "noon\n', "year.toml:1:15", "not valid TOML", "straight quotes"),
    "unknown in name": ('script = "noon"\nname = "{skript}"', "year.toml:2:1", "{skript}", '"{script}"'),
    "missing in name": ('script = "noon"\nname = "{voice}"', "year.toml:2:1", "have no voice", "write voice"),
    "empty name": ('script = "noon"\nname = ""', "year.toml:2:1", "write text", "{script}"),
    "reserved name": ('script = "noon"\nname = "feed"', "year.toml:2:1", "not a valid name", "letters"),
    "same name": (
        'scripts = ["noon", "evening"]\nname = "rest"',
        "year.toml:2:1",
        'two sessions are named "rest": noon and evening',
        "differ",
    ),
    "same session": (
        'script = "noon"\nlengths = ["20m", "20:00"]',
        "year.toml:1:1",
        "noon --length 20m is in the file twice",
        "remove one",
    ),
    "value that no session has": (
        'script = "noon"\nlength = "20m"\n[[exclude]]\nlength = "21m"',
        "year.toml:4:11",
        "no session has the length 21m",
        '"20m"',
    ),
    "table that matches nothing": (
        'lengths = ["5m"]\n[[sessions]]\nscript = "noon"\n[[sessions]]\nscript = "evening"\nvoice = "tone"\n'
        '[[draft]]\nscript = "noon"\nvoice = "tone"',
        "year.toml:7:1",
        "[[draft]] matches no session",
        "remove it",
    ),
    "all excluded": ('script = "noon"\n[[exclude]]\nscript = "noon"', "year.toml:1:1", "every session", "remove"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_shown_at_its_place_with_a_hint(mistake, error):
    text, place, *words = MISTAKES[mistake]
    message = error(text)
    assert place in message
    assert [word for word in words if word not in message] == []


def test_every_mistake_of_a_file_is_shown_at_once(error):
    message = error('script = "noone"\nlenght = "5m"\nspeed = 9\n[[exclude]]\nvoise = "tone"')
    assert [f"year.toml:{line}:" in message for line in (1, 2, 3, 5)] == [True] * 4


def test_more_sessions_than_anyone_needs_are_refused_before_they_are_counted_out(error):
    text = 'script = "noon"\n' + "\n".join(
        f"{key} = {json.dumps(values)}"
        for key, values in {
            "variations": [*range(1, 2001)],
            "lengths": [f"{minutes}m" for minutes in range(5, 480)],
            "voice": ["tone"],
        }.items()
    )
    message = error(text)
    assert "950,000 sessions" in message
    assert "the most is 100,000" in message


def test_a_file_that_cannot_be_read_is_named(folder, tmp_path):
    finder = ScriptFinder((folder / "scripts",))
    (tmp_path / "years.toml").write_bytes(b'script = "\xff"')
    for path, words in ((tmp_path / "years.toml", "UTF-8"), (tmp_path / "year.toml", "Did you mean")):
        with pytest.raises(AudioBuilderError, match=words):
            read_batch(path, finder)


_LISTS = st.fixed_dictionaries(
    {"script": st.lists(st.sampled_from(SCRIPTS), min_size=1, unique=True)},
    optional={
        "length": st.lists(st.sampled_from(["5m", "6m", "7m", "1h"]), min_size=1, unique=True),
        "variation": st.lists(st.integers(1, 9), min_size=1, unique=True),
        "quality": st.lists(st.sampled_from(["mono", "stereo"]), min_size=1, unique=True),
    },
)


@given(_LISTS, st.data())
def test_the_sessions_are_the_product_without_what_is_excluded_and_in_its_order(folder, lists, data):
    lists = dict(data.draw(st.permutations(list(lists.items()))))
    chosen = data.draw(st.sets(st.sampled_from(sorted(lists)), max_size=2))
    excluded = {key: data.draw(st.sampled_from(lists[key])) for key in chosen}
    whole = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    expected = [
        values for values in whole if not excluded or any(values[key] != excluded[key] for key in excluded)
    ]
    text = "\n".join(f"{key} = {json.dumps(values)}" for key, values in lists.items())
    if excluded:
        text += "\n[[exclude]]\n" + "\n".join(
            f"{key} = {json.dumps(value)}" for key, value in excluded.items()
        )
    path = folder / "property.toml"
    path.write_text(text, "utf-8")
    batch = read_batch(path, ScriptFinder((folder / "scripts",)))
    if not expected:
        with pytest.raises(ScriptErrors, match="every session is excluded"):
            expand(batch)
        return
    found = [{"script": one.planned.script, **given_options(one.planned.options)} for one in expand(batch)]
    parsed = [
        {"script": values["script"]}
        | given_options(BuildOptions.parse(**{k: str(v) for k, v in values.items() if k != "script"}))
        for values in expected
    ]
    assert found == parsed
    assert expand(batch) == expand(read_batch(path, ScriptFinder((folder / "scripts",))))


def _publication(script, date, **changes):
    return Publication(
        **{"guid": script, "script": script, "length": "5m", "date": date, "number": 1, "dated": date}
        | changes
    )


def _dates(batch, registry=None):
    expanded = expand(batch)
    keys = [SessionKey(one.planned.script, "5m", "") for one in expanded]
    dated = with_dates(expanded, keys, registry or EpisodeRegistry(), batch.places)
    return {one.script: one.options.date for one in dated}


WEEKLY = 'scripts = ["morning", "noon"]\ndate = "every Tuesday from 2027-01-05"'


def test_dates_go_to_sessions_in_their_order_and_drafts_get_none(read):
    assert _dates(read(WEEKLY)) == {"morning": "2027-01-05", "noon": "2027-01-12"}
    drafted = f'{WEEKLY}\n[[draft]]\nscript = "morning"'
    assert _dates(read(drafted)) == {"morning": None, "noon": "2027-01-05"}


def test_a_date_with_a_time_keeps_its_offset(read):
    assert _dates(read('script = "noon"\ndate = "every day from 2027-01-05 at 06:00+01:00"')) == {
        "noon": "2027-01-05T06:00:00+01:00"
    }


def test_a_published_session_keeps_its_date_and_new_ones_come_after_the_last_episode(read):
    registry = EpisodeRegistry(publications=[_publication("noon", DAY)])
    assert _dates(read(WEEKLY), registry) == {
        "morning": "2027-01-12",
        "noon": "2027-01-05",
    }
    other = EpisodeRegistry(publications=[_publication("other", datetime(2027, 2, 1, 9, tzinfo=UTC))])
    assert _dates(read(WEEKLY), other) == {"morning": "2027-02-02", "noon": "2027-02-09"}


def test_a_session_that_was_published_without_a_date_or_reissued_gets_none(read):
    for changes in ({"dated": None}, {"issue": 2}):
        registry = EpisodeRegistry(publications=[_publication("noon", DAY, **changes)])
        assert _dates(read(WEEKLY), registry)["noon"] is None


def test_a_withdrawn_episode_does_not_hold_others_back(read):
    gone = _publication("other", datetime(2028, 2, 1, tzinfo=UTC), state="withdrawn")
    assert _dates(read(WEEKLY), EpisodeRegistry(publications=[gone]))["morning"] == "2027-01-05"


def test_groups_share_the_dates_of_the_top_level_and_may_have_their_own(read):
    text = f'{WEEKLY}\n[[sessions]]\n[[sessions]]\nscript = "evening"'
    assert _dates(read(text))["evening"] == "2027-01-19"
    own = f'{text}\ndate = "every Friday from 2027-01-05"'
    assert _dates(read(own))["evening"] == "2027-01-08"


def test_too_few_dates_are_an_error_at_their_place(read):
    text = 'scripts = ["morning", "noon"]\ndate = [2027-01-05]'
    with pytest.raises(ScriptErrors, match=r"year.toml:2:1: too few dates for 2 sessions"):
        _dates(read(text))


@given(st.sets(st.sampled_from(SCRIPTS)), st.permutations(SCRIPTS), st.integers(0, 400))
def test_extending_a_batch_never_moves_an_episode_and_new_ones_are_later(folder, published, order, days):
    """Whatever is published so far, and however the file is put in another order afterwards."""
    text = 'date = "every Tuesday and Friday from 2027-01-05"\nscripts = '
    path, finder = folder / "extended.toml", ScriptFinder((folder / "scripts",))
    slots_of = dict(zip(SCRIPTS, range(3), strict=True))
    registry = EpisodeRegistry(
        publications=[
            _publication(
                script, datetime.fromordinal(DAY.toordinal() + days + slots_of[script]).replace(tzinfo=UTC)
            )
            for script in sorted(published)
        ]
    )
    path.write_text(text + json.dumps(order), "utf-8")
    found = _dates(read_batch(path, finder), registry)
    before = {one.script: one.date.date().isoformat() for one in registry.publications}
    assert {script: found[script] for script in published} == before
    new = [found[script] for script in order if script not in published]
    assert new == sorted(set(new))
    assert all(date > latest for date in new for latest in before.values())


_ATOMS = st.one_of(
    st.sampled_from(
        ["noon", "all", "5m", "20", "tone", "./rain.wav", "{script}", "every day from 2027-01-05", ""]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
_VALUES = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["script", "length", "x", "draft"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    [
        *FIELDS,
        "scripts",
        "lengths",
        "name",
        "date",
        "draft",
        "feed",
        "sessions",
        "exclude",
        "x",
        "é",
        "a b",
        "",
    ]
)


@examples(200)
@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_whatever_a_file_says_it_is_read_or_has_an_error_at_a_place(folder, tables):
    path, finder = folder / "any.toml", ScriptFinder((folder / "scripts",))
    path.write_text(tomli_w.dumps(tables), "utf-8")
    try:
        for session in expand(read_batch(path, finder)):
            assert describe_session(session.planned)
    except ScriptErrors as error:
        assert error.problems
        assert all(problem.location.line >= 1 and problem.hint for problem in error.problems)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_bytes_that_are_not_a_batch_are_an_error_of_the_user(folder, content):
    path = folder / "bytes.toml"
    path.write_bytes(content)
    with pytest.raises(AudioBuilderError):
        expand(read_batch(path, ScriptFinder((folder / "scripts",))))
