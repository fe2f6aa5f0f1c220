# SPDX-License-Identifier: BSD-2-Clause
"""python3 -m voyageur: what `voy` runs."""
import sys

from . import cli

sys.exit(cli.main(sys.argv[1:]))
