# SPDX-License-Identifier: BSD-2-Clause
"""The judge's own log: what in a guest's kernel log says that something is wrong.

    klog.check(lines)       # AssertionError with the part of the log where it begins
    klog.check(klog.without(lines, "drv_stop"))     # but for warnings with that in them
"""
import re

# What the kernel says when something is wrong, wherever it comes from.
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|DMAR: \[|Microcode SW error|Queue .*stuck|"
                     r"iwlwifi [0-9a-f:.]+: (?!.*direct-loading).*"
                     r"(rror|fail|Fail|imeout|imed out|Unhandled|not ready|HARDWARE|WARN|out of "
                     r"range|stuck|invalid)")
BEFORE, BEHIND = 5, 40      # lines shown around the first complaint


def complaints(lines):
    """The lines that no clean run has."""
    return [line for line in lines if TROUBLE.search(line)]


def check(lines):
    """Nobody complained; or AssertionError with the log from a little before the first that did."""
    first = next((i for i, line in enumerate(lines) if TROUBLE.search(line)), None)
    assert first is None, (
        f"the kernel complained, {len(complaints(lines))} lines; the log from there:\n"
        + "\n".join(lines[max(0, first - BEFORE):first + BEHIND]))


def without(lines, *patterns):
    """The log less its warnings ("cut here" to "end trace") that match every pattern."""
    rest, begin = [], None
    for line in lines:
        if "[ cut here ]" in line:
            begin = len(rest)
        rest.append(line)
        if begin is not None and "---[ end trace" in line:
            if all(re.search(p, "\n".join(rest[begin:])) for p in patterns):
                del rest[begin:]
            begin = None
    return rest
