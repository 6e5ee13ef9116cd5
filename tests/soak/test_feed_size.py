"""Ten thousand episodes: what the feed takes beside feedgen's, which has the same
episodes and notes and none of the `podcast:` elements, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MEASURED = r"""
import json, re, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
{prepare}
start = time.process_time()
{work}
took = time.process_time() - start
held = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
print(json.dumps({{"seconds": took, "mb": int(held) / 1024, "bytes": size}}))
"""
"""VmHWM is of this program alone; ru_maxrss would count what the test's own process held before it."""
EPISODES = """
import msgspec
from datetime import timedelta
from msgspec.structs import replace
from episodes import EPISODE
from audio_builder.episode import Episode, Notice
from audio_builder.podcast.feed import pages
from audio_builder.podcast import light
from test_feed import START, channel, entry
full = "A caution in full, as long as they are: ask your clinician first. " * 4
cautions = tuple(Notice(f"c{n}", full, n < 3) for n in range(10))
raw = msgspec.json.encode(replace(EPISODE, cautions=cautions, notes="Extra *notes* of the author.", cues=()))
# each is read by itself, as a library reads its manifests
read = (replace(msgspec.json.decode(raw, type=Episode), name=f"evening-{n}m", id=f"e{n}") for n in range(10_000))
entries = [entry(episode, n) for n, episode in enumerate(light(read))]
"""
OURS = (
    EPISODES,
    """
size = first = 0
for name, content in pages(channel(), entries):
    size += len(content)
    first = len(content)
assert first < 1_000_000, first
""",
)
FEEDGEN = (
    f"""{EPISODES}
from audio_builder import notes
from feedgen.feed import FeedGenerator
""",
    """
made = FeedGenerator()
made.load_extension("podcast")
made.title("Lie down"); made.link(href="https://example.org/"); made.description("Sessions."); made.language("en")
made.podcast.itunes_category("Education"); made.podcast.itunes_author("The floor")
for one in entries:
    item = made.add_entry()
    item.id(one.guid); item.title(one.title); item.description(notes.text(one.episode))
    item.link(href="https://example.org/" + one.files.page)
    item.content(notes.html(one.episode), type="CDATA")
    item.enclosure("https://example.org/" + one.files.mp3, str(one.episode.bytes), "audio/mpeg")
    item.pubDate(one.date); item.podcast.itunes_duration(1200); item.podcast.itunes_author("The floor")
    item.podcast.itunes_explicit("no"); item.podcast.itunes_image("https://example.org/" + one.files.image)
size = len(made.rss_str())
""",
)


def measured(prepare, work):
    code = MEASURED.format(tests=str(Path(__file__).parent.parent), prepare=prepare, work=work)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.filterwarnings("ignore")
def test_ten_thousand_episodes_take_little_time_and_memory():
    ours, theirs = measured(*OURS), measured(*FEEDGEN)
    print(
        f"\n10,000 episodes: {ours['seconds']:.1f} s, {ours['mb']:.0f} MB, {ours['bytes'] / 1e6:.1f} MB of feed; "
        f"feedgen {theirs['seconds']:.1f} s, {theirs['mb']:.0f} MB, {theirs['bytes'] / 1e6:.1f} MB"
    )
    assert ours["mb"] < 120
    assert ours["seconds"] < 1.5 * theirs["seconds"]
