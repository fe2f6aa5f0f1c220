# SPDX-License-Identifier: BSD-2-Clause
"""The lab's tests: guests are started only where QEMU and a kernel can be had."""
import pytest

from voyageur import cache, fetch


@pytest.fixture(scope="session")
def guest_parts():
    """QEMU, kernel and busybox are there, or the test is skipped with the reason."""
    try:
        return fetch.qemu(), fetch.kernel(), fetch.busybox()
    except cache.CacheError as e:
        pytest.skip(str(e))


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """A cache directory without anything in it."""
    monkeypatch.setenv("VOY_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VOY_FIRMWARE_PATH", raising=False)
    return tmp_path / "cache"
