# SPDX-License-Identifier: BSD-2-Clause
"""The lab's own failures, as distinct from a command that ran in the guest and failed."""


class LabError(Exception):
    """The guest could not do its work; the text names thing, cause and mend.

    For whoever wants more: `log` holds the last lines of the guest's kernel or of QEMU, `said` those
    of the command's output and error output.
    """

    def __init__(self, text, log="", said=""):
        super().__init__(text)
        self.log, self.said = log, said
