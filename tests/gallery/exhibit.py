# SPDX-License-Identifier: BSD-2-Clause
"""A gallery of bugs: each is seeded into a small driver, and caught by the tool that is for it.

One tool, one file of tests (test_TOOL.py) and one driver (TOOL.c, run-gallery-TOOL; gallery.ninja
builds it).  The driver is sound, and what all have in common is in toy.c and toy.h; where it could
go wrong it asks for a bug by its name:

    if (!bug("leak_when_dma_fails"))
            pdk_free(sc->sc_ring, RING_BYTES);

and the tests are a table of those names with what the tool has to say of each:

    from exhibit import Bug

    BUGS = [
        Bug("leak_when_dma_fails", "not given back: 512 bytes of memory, from toy_attach"),
        Bug("missing_presync", "PREWRITE", how={"dma": "check"}),
    ]

    @pytest.mark.parametrize("bug", BUGS, ids=str)
    def test_caught(gallery, bug):
        gallery("faults").caught(bug)

    def test_clean(gallery):
        gallery("faults").clean()

caught() runs the driver with the bug: the run must fail, and every pattern of `says` must be
found in its events or on its stderr.  clean() runs it without: all must be well and silent.
`how` and further arguments are those of the driver fixture's run().  A tool that is more than a
run calls gallery(TOOL).program() and .environment(bug) by itself, and bug.check(text); `how` is then
what it likes.  test_gallery.py sees to it that no bug of a C file is without its entry (a Bug at the
top of the file of tests, or in a list there), and no entry without its bug.  test_clean.py has the
drivers of this tree under the tools.
"""
import dataclasses
import json
import os
import re

import pytest

from voyageur import paths, pytest_run


@dataclasses.dataclass(frozen=True, init=False)
class Bug:
    """A bug by the name that its driver knows it by; `says`: patterns that its report has."""

    name: str
    says: tuple
    how: object

    def __init__(self, name, *says, how=()):
        assert says, f"{name}: what is to be said of it?"
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "says", says)
        object.__setattr__(self, "how", how)

    def __str__(self):
        return self.name

    def check(self, text):
        """Everything that is to be said of it is in `text`."""
        for pattern in self.says:
            assert re.search(pattern, text), f"{self.name}: nothing says {pattern!r} in:\n{text}"


class Exhibit:
    """The driver of one tool, with one of its bugs or without."""

    def __init__(self, driver, tool):
        self._driver, self.tool = driver, tool

    def program(self, variant=paths.VARIANT):
        """The path of run-gallery-TOOL; skips when that variant has not been built."""
        path = paths.BUILD / variant / "bin" / f"run-gallery-{self.tool}"
        if not path.exists() and variant != paths.VARIANT:
            pytest.skip(f"{path.name} is not built with {variant} (ninja {variant})")
        return pytest_run.program(path.name, variant)

    @staticmethod
    def environment(bug=None):
        """What seeds a bug, for a program's environment."""
        return {"VOY_BUG": bug.name if bug else ""}

    @classmethod
    def host_environment(cls, bug=None):
        """The same, for a subprocess."""
        return {**os.environ, **cls.environment(bug)}

    def run(self, bug=None, env=None, **how):
        """A run with that bug: (run, result, everything that was said)."""
        how = {"model": "edu", **dict(bug.how if bug else ()), **how}
        run, result = self._driver.run(str(self.program(how.get("variant", paths.VARIANT))),
                                       env={**self.environment(bug), **(env or {})}, **how)
        said = "\n".join([*(json.dumps(e, ensure_ascii=False) for e in run.events),
                          json.dumps(result), run.stderr()])
        return run, result, said.replace('\\"', '"')

    def caught(self, bug, **how):
        """The run fails, and is told why."""
        run, result, said = self.run(bug, **how)
        assert not result["ok"], f"{bug}: nobody noticed:\n{said}"
        bug.check(said)
        return run, result

    def clean(self, **how):
        """Without a bug all is well, and nobody has anything to say."""
        run, result, said = self.run(**how)
        assert result["ok"], said
        assert run.stderr() == ""
        assert [e for e in run.events if e["event"] in ("violation", "error", "crash")] == []
        return run, result
