# SPDX-License-Identifier: BSD-2-Clause
"""The judges: two kernels of Debian's and its programs; and the way to this folder's helpers."""
import pathlib
import sys

import pytest

from voyageur import cache, fetch, programs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


@pytest.fixture(scope="session", params=["bookworm", "bookworm-backports"])
def kernel(request):
    """The name of a kernel for the lab: Debian 12's, and the newer one of its backports."""
    try:
        fetch.kernel("bookworm", "backports" in request.param)
    except cache.CacheError as e:
        pytest.skip(str(e))
    return request.param


@pytest.fixture(scope="session")
def wifi():
    """The packages of programs that guests want are there, and the regulatory database."""
    try:
        programs.regdb()
        return {name: programs.package(name) for name in programs.WIFI}
    except cache.CacheError as e:
        pytest.skip(str(e))


@pytest.fixture
def world(lab, firmware, wifi):
    """world(SCRIPT, kernel, APs, on=, packages=...) -> Outcome: one guest."""
    from world import World

    def run(script, kernel, aps=(), on=None, **options):
        with World(lab, firmware, aps) as w:
            w.on = {word: lambda act=act: act(w) for word, act in (on or {}).items()}
            return w.run(script, kernel=kernel, **options)
    return run
