# SPDX-License-Identifier: BSD-2-Clause
"""A voy whose main thread comes no further with the start of a program, which is up meanwhile.

    held = Held(folder, "ap")       # the name that the program has for voyageur.group
    p = subprocess.Popen([VOY, ...], env={**os.environ, **held.environment})
    held.wait(p)
    p.send_signal(number)
    held.go()

On a busy machine any thread may be held like this, by the scheduler.
"""
import time

PATIENCE = 120
CODE = """
import os, threading, time
start = threading.Thread.start
def slow(self):
    child = getattr(getattr(self, "_target", None), "__self__", None)
    if getattr(child, "name", None) == {name!r} and self._target.__name__ == "_wait":
        open({at!r}, "w").close()
        while not os.path.exists({go!r}):
            time.sleep(0.01)
    start(self)
threading.Thread.start = slow
"""


class Held:
    """`environment`: what voy needs for it; `folder`: an empty one."""

    def __init__(self, folder, name):
        self._at, self._go = folder / "at", folder / "go"
        (folder / "sitecustomize.py").write_text(
            CODE.format(name=name, at=str(self._at), go=str(self._go)))
        self.environment = {"PYTHONPATH": str(folder)}

    def wait(self, p):
        """Until the process is held."""
        limit = time.monotonic() + PATIENCE
        while not self._at.exists():
            assert p.poll() is None and time.monotonic() < limit, f"not held; status {p.poll()}"
            time.sleep(0.01)

    def go(self):
        """It is held no longer."""
        self._go.touch()
