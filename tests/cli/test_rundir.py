# SPDX-License-Identifier: BSD-2-Clause
"""Run directories: private, gone at the end, and swept when their owner was killed."""
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import time

import pytest

from voyageur import rundir


@pytest.fixture(autouse=True)
def base(monkeypatch):
    """A place of our own for run directories."""
    with tempfile.TemporaryDirectory(prefix="voy-test-", dir="/tmp") as path:
        monkeypatch.setenv("XDG_RUNTIME_DIR", path)
        yield pathlib.Path(path)


def test_a_place_whose_sockets_would_have_too_long_a_path_is_not_used(base, monkeypatch):
    """/tmp is, instead."""
    long = base / ("x" * 60)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    with rundir.RunDir() as d:
        assert d.path.parent == pathlib.Path("/tmp")


def test_a_run_directory_is_private_and_goes_with_the_block(base):
    """Mode 0700, nothing left."""
    with rundir.RunDir() as d:
        assert stat.S_IMODE(d.path.stat().st_mode) == 0o700 and d.path.parent == base
        (d / "file").write_text("x")
    assert not list(base.iterdir())


def test_it_goes_also_by_an_exception(base):
    """However the block ends."""
    with pytest.raises(KeyError), rundir.RunDir():
        raise KeyError
    assert not list(base.iterdir())


def test_a_killed_owner_s_directory_is_swept_by_the_next_run(base):
    """A living owner's is not."""
    code = ("import time; from voyageur import rundir; d = rundir.RunDir(); "
            "print(d.path, flush=True); time.sleep(60)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))) as p:
        path = p.stdout.readline().strip()
        with rundir.RunDir():
            assert os.path.isdir(path)
        p.kill()
    assert [str(d) for d in rundir.left_behind()] == [path]
    with rundir.RunDir():
        assert not os.path.exists(path)
    assert not list(base.iterdir())


def test_a_directory_in_the_making_is_left_alone(base):
    """Between mkdir and the lock there is a moment; a forgotten one goes later."""
    young, old = base / "voy-run-young", base / "voy-run-old"
    young.mkdir()
    old.mkdir()
    then = time.time() - 3600
    os.utime(old, (then, then))
    rundir.sweep()
    assert young.exists() and not old.exists()


def test_what_is_not_ours_is_left_alone(base):
    """Files and links of the same name."""
    (base / "voy-run-file").write_text("x")
    (base / "victim").mkdir()
    (base / "voy-run-link").symlink_to(base / "victim")
    rundir.sweep()
    assert sorted(p.name for p in base.iterdir()) == ["victim", "voy-run-file", "voy-run-link"]


def test_a_base_that_cannot_be_written_falls_back_to_tmp(monkeypatch):
    """A stale XDG_RUNTIME_DIR, as after su."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    assert str(rundir.base()) == "/tmp"
