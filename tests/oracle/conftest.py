# SPDX-License-Identifier: BSD-2-Clause
"""The judges: two kernels of Debian's and its programs; and the way to this folder's helpers."""
import pathlib
import sys

import pytest

from voyageur import cache, fetch, programs

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sta")]


KERNELS = ["bookworm", "bookworm-backports"]


def pytest_generate_tests(metafunc):
    """The kernels take turns from file to file; thorough tests have both."""
    if "kernel" not in metafunc.fixturenames:
        return
    files = sorted(HERE.glob("test_*.py"))
    turn = KERNELS[files.index(pathlib.Path(metafunc.module.__file__)) % len(KERNELS)]
    metafunc.parametrize("kernel", [k if k == turn else pytest.param(k, marks=pytest.mark.thorough)
                                    for k in KERNELS], indirect=True, scope="session")


@pytest.fixture(scope="session")
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
    """world(SCRIPT, kernel, APs, on=, before=, packages=...) -> Outcome: one guest.

    before(World): what is to be there when the guest comes.
    """
    from world import World

    def run(script, kernel, aps=(), on=None, before=None, **options):
        with World(lab, firmware, aps) as w:
            if before:
                before(w)
            w.on = {word: lambda act=act: act(w) for word, act in (on or {}).items()}
            return w.run(script, kernel=kernel, **options)
    return run
