# SPDX-License-Identifier: BSD-2-Clause
"""The gallery is whole: what is seeded is looked for, and what is looked for is seeded."""
import importlib.util
import pathlib
import re

import pytest

from exhibit import Bug

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = sorted(p.stem.removeprefix("test_") for p in HERE.glob("test_*.py")
               if p.name not in ("test_gallery.py", "test_clean.py"))


def bugs(tool):
    """Those of test_TOOL.py, in lists or alone."""
    spec = importlib.util.spec_from_file_location(f"gallery_{tool}", HERE / f"test_{tool}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = []
    for value in vars(module).values():
        found += value if isinstance(value, (list, tuple)) else [value]
    return [bug for bug in found if isinstance(bug, Bug)]


@pytest.mark.parametrize("tool", TOOLS)
def test_each_bug_has_its_entry(tool):
    """bug("NAME") in TOOL.c and TOOL_*.c, and Bug("NAME") in test_TOOL.py: of the same names."""
    sources = [HERE / f"{tool}.c", *HERE.glob(f"{tool}_*.c")]
    seeded = {name for c in sources for name in re.findall(r'\bbug\("(\w+)"\)', c.read_text())}
    names = [bug.name for bug in bugs(tool)]
    assert len(names) == len(set(names))
    assert set(names) == seeded


def test_there_is_much_to_see():
    """Enough exhibits, and of each that was named when the gallery was planned one at least."""
    shown = {bug.name for tool in TOOLS for bug in bugs(tool)}
    assert len(shown) >= 60
    assert shown >= {"ring_postread_missing", "ring_index_off_by_one", "map_used_after_unload",
                     "lock_held_over_upcall", "tlv_length_unchecked"}
