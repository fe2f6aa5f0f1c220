# SPDX-License-Identifier: BSD-2-Clause
"""The error that ends a command: its text is for the user."""


class VoyError(Exception):
    """Something the user can mend; the text names thing, cause and mend."""
