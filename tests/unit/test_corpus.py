"""Whatever fuzzing found interesting, or wrong once, is read or refused."""

import fuzzing
import pytest


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_the_corpus_is_read_or_refused(target, tmp_path):
    fuzzing.use_folder(tmp_path)
    files = sorted((fuzzing.CORPUS / target).iterdir())
    assert files, f"no corpus for {target}"
    for path in files:
        try:
            fuzzing.attempt(target, path.read_bytes())
        except Exception as error:
            raise AssertionError(f"{path.name}: {error!r}") from error
