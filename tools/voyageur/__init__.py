# SPDX-License-Identifier: BSD-2-Clause
"""Voyageur's command line and its pytest plugin.

`voy` (the shell script at the top of the tree) sees to the packages and runs this package; cli.py
has the subcommands.  A driver's own tests use pytest_voyageur.py.
"""
