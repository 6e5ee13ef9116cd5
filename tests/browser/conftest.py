"""One browser for all tests in it. Each test opens its own contexts, which share nothing."""

import pytest
from pages import chromium


@pytest.fixture(
    scope="package"
)  # not "session": Playwright's event loop must end before other tests run their own
def browser():
    with chromium() as launched:
        yield launched
