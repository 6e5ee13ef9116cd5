"""`show.toml`: what it may say, and messages that name the key that is wrong."""

import pytest

from audio_builder.errors import AudioBuilderError
from audio_builder.podcast.categories import CATEGORIES
from audio_builder.podcast.show_file import read_show

MINIMAL = {"title": '"T"', "author": '"A"', "description": '"D"', "categories": '["Education"]'}


def show_with(line: str) -> str:
    """Return a minimal `show.toml` with another line, which replaces its key."""
    key = line.partition(" ")[0]
    others = [f"{name} = {value}" for name, value in MINIMAL.items() if name != key]
    return "\n".join([*others, line, ""])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'categories = ["Helth"]',
            r"categories, entry 1: \"Helth\" is not one of Apple's categories. Available: Arts, ",
        ),
        ('categories = ["health & fitness"]', 'categories. Did you mean "Health & Fitness"\\?'),
        ('categories = ["Mental Health"]', 'Did you mean "Health & Fitness > Mental Health"\\?'),
        ('categories = ["Arts", "Arts"]', r'categories, entry 2: "Arts" is listed twice'),
        ('categories = "Arts"', r'categories: write a list, e.g. \["one", "two"\]'),
        (
            'categories = ["Education > Mental Health"]',
            'Education has no subcategory "Mental Health". Available: Courses, ',
        ),
        ("categories = []", "categories: must not be empty"),
        ('language = "english!"', "language: write a language, e.g. en or en-GB"),
        ('explicit = "no"', "explicit: write true or false"),
        ('owner = { email = "nobody" }', "owner.email: write an e-mail address, e.g. name@"),
        ('owner = "The floor"', "owner: write a table, e.g. {"),
        ('title = " "', "title: must not be empty"),
        ('title = ""', "title: must not be empty"),
        ("title = 3", "title: write text in quotes"),
        ("title = “T”", "put text in straight quotes"),
        ('titel = "x"', 'unknown key "titel". Did you mean "title"\\?'),
        ('image = ""', "image: must not be empty"),
        (
            'seasons = [{ number = 1, name = "a" }, { number = 1, name = "b" }]',
            r"seasons, entry 2, number: season 1 already has a name",
        ),
        (
            'moved_to = "https://example.net/new/"',
            "moved_to: .* is a folder: .* https://example.net/new/feed.xml",
        ),
        ('moved_to = "https://example.net"', "moved_to: .* is a folder: .* https://example.net/feed.xml"),
        ('base_url = "https://me:secret@example.org/"', "base_url: contains a user name or password"),
        ('base_url = "https://example.org/feed.xml"', "base_url: .* is not a folder"),
        ('base_url = "https://example.org/?a=b"', "base_url: .* is not a folder: give the address"),
        ('base_url = "example.org"', 'base_url: invalid address "example.org"'),
        ('link = "https://[broken"', "link: invalid address"),
        ('funding = { url = "give me" }', 'funding.url: invalid address "give me"'),
        ('people = [{ name = "A", link = "ana" }]', r'people, entry 1, link: invalid address "ana"'),
        ('people = [{ name = "" }]', r"people, entry 1, name: must not be empty"),
        ("people = [" + '{ name = "A" },' * 11 + "]", "people: at most 10 are allowed"),
        ('people = "Ana"', "people: write a list"),
        ('txt = [{ text = "x", purpose = "ai-content" }]', r"txt, entry 1, purpose: the program writes"),
        ("block = 1", "block: write true or false"),
        ('hub = "hub.example"', 'hub: invalid address "hub.example": begin with https://'),
        ('hub = "https://hub.example:99999/"', "hub: invalid address"),
        ('hub = "https://hüb..example/"', "hub: invalid address"),
        ('hub = "https://me:secret@hub.example/"', "hub: contains a user name or password"),
        ('webhook = "file:///etc/passwd"', "webhook: invalid address: begin with https://"),
        ('license_url = "https://a.example/"', "license_url: needs the name of the licence too"),
        ('guid = "mine"', 'guid: "mine" is not a UUID'),
        ('update_frequency = "often"', 'update_frequency: invalid value "often": use daily, weekly'),
        ('episode = [{ name = "a" }, { name = "a" }]', r'episode, entry 2, name: "a" is listed twice'),
        ('episode = [{ name = "a", type = "half" }]', 'type: invalid value "half": use full, trailer, bonus'),
        ('episode = [{ name = "a", date = "soon" }]', r"episode, entry 1, date: write a date without quotes"),
        ('[[episode]]\nname = "a"\nserial = true', 'unknown key "serial": move it above the first'),
        ('[[episode]]\nname = "a"\ntitel = "b"', 'unknown key "titel". Did you mean "title"'),
        ("=", "Invalid"),
    ],
)
def test_a_mistake_in_a_show_is_reported_with_its_file_and_key(line, message):
    with pytest.raises(AudioBuilderError, match=message) as raised:
        read_show(show_with(line), "show.toml")
    assert str(raised.value).startswith("show.toml: ")


def test_every_broken_rule_is_reported_at_once():
    with pytest.raises(AudioBuilderError) as raised:
        read_show(show_with('guid = "mine"\nlink = "here"\nmoved_to = "there"'), "show.toml")
    messages = str(raised.value).splitlines()
    assert [message.split(": ")[1] for message in messages] == ["link", "moved_to", "guid"]


def test_every_key_that_is_unknown_missing_or_of_another_type_is_named_at_once():
    text = (
        'titel = "T"\n"a`b" = 1\nauthor = 3\nguid = "mine"\npeople = [{name = "A", link = 3}]\n'
        '[[episode]]\nnme = "x"\n'
    )
    with pytest.raises(AudioBuilderError) as raised:
        read_show(text, "show.toml")
    for problem, expected in zip(str(raised.value).splitlines(), (
        'unknown key "titel". Did you mean "title"?',
        'unknown key "a`b"',
        'required key "title" is missing: write e.g. title = "',
        'required key "description" is missing: write e.g. description = "',
        'required key "categories" is missing: write e.g. categories = [',
        "author: write text in quotes",
        "people, entry 1, link: write text in quotes",
        'episode, entry 1: unknown key "nme". Did you mean "name"?',
        'guid: "mine" is not a UUID',
    ), strict=True):  # fmt: skip
        assert problem.startswith(f"show.toml: {expected}")


@pytest.mark.parametrize("main", CATEGORIES)
def test_every_category_is_accepted(main):
    names = [main, *(f"{main} > {sub}" for sub in CATEGORIES[main])]
    for name in names:
        assert read_show(show_with(f'categories = ["{name}"]'), "show.toml").categories == [name]
