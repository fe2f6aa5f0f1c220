# SPDX-License-Identifier: BSD-2-Clause
"""voy bench: how rows are found and put together, and that the frame's own row measures."""
import json

import pytest

from voyageur import bench


def test_medians_of_each_row_and_of_its_ratios():
    """The ratio is the median of the ratios, not the ratio of the medians."""
    samples = [{"name": "a", "ours": o, "peer": p, "unit": "ns"}
               for o, p in ((10, 1), (2, 2), (9, 3), (4, 4), (5, 5))]
    samples.insert(2, {"name": "b", "ours": 1, "peer": 0})
    a, b = bench.medians(samples)
    assert (a["name"], a["ours"], a["peer"], a["ratio"], a["runs"]) == ("a", 5, 3, 1.0, 5)
    assert b["ratio"] is None


def test_lines_that_are_no_rows_are_passed_over():
    """A program may say other things."""
    text = 'hello\n{"name":"x","ours":1,"peer":2}\n[1]\n{"event":"log"}\n'
    assert [r["name"] for r in bench.lines(text)] == ["x"]


@pytest.mark.slow
def test_attach_is_measured(voy):
    """One real row: JSON with ours, peer and their ratio, of at least five runs."""
    said = voy("bench", "--json", "bench-attach")
    assert said.status == 0, said.err
    rows = json.loads(said.out)["rows"]
    assert {r["name"] for r in rows} == {"edu: exec to attached", "edu: peak memory",
                                         "edu: whole run, --record", "edu: its replay"}
    assert all(r["ratio"] > 0 and r["runs"] >= 5 and r["against"] for r in rows)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_air_is_measured_against_a_bare_relay(voy):
    """Frames both ways through hub and relay, and the memory of a card."""
    said = voy("bench", "--no-lab", "--json", "bench-air")
    assert said.status == 0, said.err
    rows = {r["name"]: r for r in json.loads(said.out)["rows"]}
    assert set(rows) == {"air: frames of 5 pairs of radios", "air: frames of 20 cards and 5 APs",
                         "i7260: memory before its driver"}
    assert all(r["ours"] > 0 and r["peer"] > 0 and r["runs"] >= 5 for r in rows.values())


@pytest.mark.slow
def test_the_pdk_is_measured_against_bare_peers(voy):
    """Every row that a simulated card allows, each with a peer that could be measured."""
    said = voy("bench", "--no-lab", "--json", "bench-pdk")
    assert said.status == 0, said.err
    rows = {r["name"]: r for r in json.loads(said.out)["rows"]}
    assert set(rows) == {"register read, mapped", "register write, mapped", "mbuf map and unmap",
                         "eventfd to bottom half", "register read, vfio-user",
                         "register read, mapped, --trace", "lock and unlock"}
    assert all(r["ours"] > 0 and r["peer"] > 0 for r in rows.values())


def test_an_unknown_row_is_named(voy):
    """Not an empty table."""
    said = voy("bench", "nosuch")
    assert said.status == 1 and "nosuch" in said.err
