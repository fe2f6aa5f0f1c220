# SPDX-License-Identifier: BSD-2-Clause
"""Running the real `voy`, as a user would."""
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VOY = ROOT / "voy"


@dataclasses.dataclass
class Said:
    """What a run of voy came to."""
    status: int
    out: str
    err: str

    @property
    def events(self):
        """stdout as events; every line has to be one."""
        lines = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(e, dict) and isinstance(e["event"], str) for e in lines)
        return lines

    @property
    def result(self):
        """The last event, which has to be the result."""
        last = self.events[-1]
        assert last["event"] == "result", self.out
        return last


def environment(**more):
    """Our environment without what could change the outcome."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("VOY_")
           or k in ("VOY_CACHE", "VOY_QEMU", "VOY_DEBIAN_MIRROR", "VOY_PYTEST_SESSION", "VOY_VARIANT")}
    env.update({k: str(v) for k, v in more.items()})
    return env


@pytest.fixture
def voy(tmp_path):
    """voy(argument...) -> Said; runs in an empty folder with run directories of its own.

    voy.start(argument...) is the Popen of one in the background.
    """
    # Not below tmp_path, which is too long for the path of a socket.
    runtime = pathlib.Path(tempfile.mkdtemp(prefix="voy-test-", dir="/tmp"))

    def call(*args, env=None, cwd=tmp_path, timeout=250, program=VOY):
        p = subprocess.run([str(program), *map(str, args)], cwd=cwd, capture_output=True,
                           env=environment(XDG_RUNTIME_DIR=runtime, **(env or {})),
                           stdin=subprocess.DEVNULL, timeout=timeout, check=False)
        return Said(p.returncode, p.stdout.decode(errors="replace"),
                    p.stderr.decode(errors="replace"))

    def start(*args, env=None):
        return subprocess.Popen([str(VOY), *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                env=environment(XDG_RUNTIME_DIR=runtime, **(env or {})))

    call.runtime, call.start, call.environment = runtime, start, environment
    yield call
    left = [p.name for p in runtime.iterdir()]
    shutil.rmtree(runtime)
    assert not left, f"left behind: {left}"
