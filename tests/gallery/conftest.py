# SPDX-License-Identifier: BSD-2-Clause
"""The gallery's fixture; exhibit.py says what the gallery is and how an entry looks."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from exhibit import Exhibit  # noqa: E402


@pytest.fixture
def gallery(driver):
    """gallery(TOOL): the Exhibit of that tool."""
    return lambda tool: Exhibit(driver, tool)
