# SPDX-License-Identifier: BSD-2-Clause
"""An air with access points, and the driver on a card that hears it."""
import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ap")]

from apfixtures import hub, start_ap  # noqa: E402,F401
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
    """A small good firmware file for the 7260."""
    path = tmp_path_factory.mktemp("firmware") / build.NAME
    path.write_bytes(build.small())
    return path


@pytest.fixture(scope="session")
def counting(tmp_path_factory):
    """One that counts beacons and air time, and says so."""
    path = tmp_path_factory.mktemp("counting") / build.NAME
    path.write_bytes(build.counting())
    return path


@pytest.fixture
def glue(driver, small, firmware_file, hub):
    """glue(**settings of the card) -> Glue of a driver that is up."""
    def start(up=True, variant=VARIANT, dma=None, env=(), timeout=300, model="i7260", file=None,
              **settings):
        file = file or (small if model == "i7260" else
                        firmware_file(f"iwlwifi-{model[1:]}-17.ucode"))
        run = driver.start("iwmglue", on="sim", stay=True, until="alive", variant=variant, dma=dma,
                           timeout=timeout, model=model,
                           settings={"air": hub.socket, "firmware": file,
                                     **{k.replace("__", "."): v for k, v in settings.items()}},
                           env={"VOY_FIRMWARE_PATH": str(file.parent), **dict(env)})
        g = Glue(run)
        return g.up() if up else g
    return start
