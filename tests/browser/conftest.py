"""One browser for all tests in it. Each test opens its own contexts, which share nothing."""

import pytest
from pages import chromium


@pytest.fixture(scope="session")
def browser():
    with chromium() as launched:
        yield launched
