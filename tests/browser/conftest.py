"""One browser for the tests of a module. Each test opens its own contexts, which share nothing."""

import pytest
from pages import chromium


# Not for the whole run: Playwright runs an event loop in this thread, and other tests run their own.
@pytest.fixture(scope="module")
def browser():
    with chromium() as launched:
        yield launched
