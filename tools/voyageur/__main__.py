# SPDX-License-Identifier: BSD-2-Clause
"""python3 -m voyageur: what `voy` runs."""
import sys

# Whatever PYTHONDONTWRITEBYTECODE says: without, each start compiles all of this anew, which takes
# longer than a driver's run.
sys.dont_write_bytecode = False

from . import cli       # noqa: E402

sys.exit(cli.main(sys.argv[1:]))
