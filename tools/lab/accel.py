# SPDX-License-Identifier: BSD-2-Clause
"""KVM or emulation?"""


def choose(qemu):
    return "tcg"
