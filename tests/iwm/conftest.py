# SPDX-License-Identifier: BSD-2-Clause
"""An air with access points, and the driver on a card that hears it."""
import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ap")]

from approcs import Ap, Hub  # noqa: E402
from iwmglue import VARIANT, Glue  # noqa: E402


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build = _load("iwm_firmware_build", HERE.parent / "firmware/build.py")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A folder with a small good firmware file."""
    path = tmp_path_factory.mktemp("firmware")
    (path / build.NAME).write_bytes(build.small())
    return path


@pytest.fixture
def hub(tmp_path):
    """The air."""
    with Hub(tmp_path) as h:
        yield h


@pytest.fixture
def start_ap(hub):
    """start_ap(ssid="net", channel=6, ...); ended with the test."""
    aps = []

    def start(**options):
        aps.append(Ap(hub, len(aps), **options))
        return aps[-1]
    yield start
    for ap in aps:
        ap.end()


@pytest.fixture
def glue(driver, small, hub):
    """glue(**settings of the card) -> Glue of a driver that is up."""
    def start(up=True, variant=VARIANT, dma=None, env=(), timeout=60, **settings):
        run = driver.start("iwmglue", on="sim", stay=True, until="alive", variant=variant, dma=dma,
                           timeout=timeout,
                           settings={"air": hub.socket, "firmware": small / build.NAME,
                                     **{k.replace("__", "."): v for k, v in settings.items()}},
                           env={"VOY_FIRMWARE_PATH": str(small), **dict(env)})
        g = Glue(run)
        return g.up() if up else g
    return start
