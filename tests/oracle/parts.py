# SPDX-License-Identifier: BSD-2-Clause
"""The parts of a guest's script, one for each thing that it shows ("part NAME" in shell.TOOLS)."""
import re

OUT, LOG = re.compile(r"== (\w+) [\d.]+$"), re.compile(r"\] == (\w+)$")


class Part:
    """What was said between "part NAME" and the next: .text, .out (lines); .dmesg (lines)."""

    def __init__(self):
        self.out, self.dmesg = [], []

    @property
    def text(self):
        return "\n".join(self.out) + "\n"

    def numbers(self, pattern):
        """All that the pattern's group finds in the text, as whole numbers."""
        return [int(n) for n in re.findall(pattern, self.text)]


def split(out, dmesg):
    """{name: Part} of the lines of output and of the kernel's log; what is before is in none."""
    found = {}
    for lines, name, mark in (out, "out", OUT), (dmesg, "dmesg", LOG):
        part = None
        for line in lines:
            m = mark.search(line)
            if m:
                part = found.setdefault(m[1], Part())
            elif part:
                getattr(part, name).append(line)
    return found
