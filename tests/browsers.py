"""The system's browsers, driven by one Playwright for the whole run: two drivers in one process cannot be."""

from __future__ import annotations

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
PATIENCE = 30_000  # milliseconds: a busy machine takes its time
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def driver():
    """Playwright's driver. Whoever needs it runs after all others: its event loop stays the thread's until it ends."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: `make setup`")
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(driver):
    """The system's Chromium."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: `make browser` installs it")
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=4 * PATIENCE)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """Where Firefox saves files: Playwright is not told of them by WebDriver BiDi."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def firefox(driver, downloads):
    """The system's Firefox, by WebDriver BiDi: Playwright's other way needs a Firefox of its own."""
    if not FIREFOX:
        pytest.skip("no Firefox on this machine: `make browser` installs it")
    browser = driver.firefox.launch(channel="moz-firefox", executable_path=FIREFOX, downloads_path=downloads, timeout=4 * PATIENCE)
    yield browser
    browser.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What drives a browser comes after what does not; last of all what kills a server that others share."""
    items.sort(key=lambda item: (item.get_closest_marker("kills_ivy") is not None, "driver" in getattr(item, "fixturenames", ())))
