# SPDX-License-Identifier: BSD-2-Clause
"""Lets the tests of this folder import their helpers."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
