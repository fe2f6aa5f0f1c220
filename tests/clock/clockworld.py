# SPDX-License-Identifier: BSD-2-Clause
"""An air whose time jumps, and how a test looks at it.

    with World(folder, "world.json") as air:
        air.passes(HOUR)
"""
import time

from voyageur import aircfg, control

PATIENCE = 600      # seconds until a test has hung
SECOND = 10 ** 6    # us
HOUR = 3600 * SECOND


class World(aircfg.Air):
    """The air, and what the test wants of it."""

    def look(self):
        """What the hub says of itself, with its parties by name."""
        answer = control.ask(self.control, {"cmd": "status"})
        answer["by_name"] = {r["radio"]: r for r in answer["list"]}
        return answer

    def host(self):
        """The party that is a driver; None: there is none."""
        return next((r for r in self.look()["list"] if r["host"]), None)

    def until(self, condition, what):
        """Wait until the status is so; it is returned."""
        end = time.monotonic() + PATIENCE
        while True:
            status = self.look()
            if condition(status):
                return status
            assert time.monotonic() < end, f"{what}: {status}"
            time.sleep(0.02)

    def passes(self, us):
        """Wait until so much time has passed."""
        tsf = self.look()["tsf"] + us
        return self.until(lambda s: s["tsf"] >= tsf, f"TSF {tsf}")

    def on_wall(self):
        """Whether time goes as on the wall now, and does not jump."""
        before, wall = self.look(), time.monotonic()
        time.sleep(0.1)
        after = self.look()
        assert before["tsf"] <= after["tsf"]
        return after["jumps"] == before["jumps"] and not after["stands"] and \
            after["tsf"] - before["tsf"] <= (time.monotonic() - wall + 1) * SECOND

    def ask(self, cmd, **members):
        """A command for the hub; its answer."""
        return control.ask(self.control, {"cmd": cmd, **members})

    def child(self, name):
        """One of its processes."""
        return next(c for c in self._programs if c.name == name)
