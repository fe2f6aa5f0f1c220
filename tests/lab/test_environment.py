# SPDX-License-Identifier: BSD-2-Clause
"""What of a user's environment reaches the driver in the guest: voy run --on lab."""
import types

from voyageur import labrun


def test_what_is_for_the_driver_goes_along(monkeypatch):
    """A bug to be seeded and a fault; nothing that names a thing of this machine."""
    monkeypatch.setenv("VOY_BUG", "ring_half_prewrite")
    monkeypatch.setenv("VOY_FAULT", "pdk_dma_alloc:1")
    monkeypatch.setenv("VOY_FIRMWARE_PATH", "/here")
    session = types.SimpleNamespace(o=types.SimpleNamespace(command=None))
    env = labrun._environment(session, [])
    assert env["VOY_BUG"] == "ring_half_prewrite" and env["VOY_FAULT"] == "pdk_dma_alloc:1"
    assert not {name for name in env if name.startswith("VOY_")} - {"VOY_BUG", "VOY_FAULT"}
