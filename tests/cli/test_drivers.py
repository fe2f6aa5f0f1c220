# SPDX-License-Identifier: BSD-2-Clause
"""What a driver's voy.json may say, and which firmware a run takes of it."""
import json
import re

import pytest

from voyageur import drivers, harness, paths, targets
from voyageur.errors import VoyError

TWO = {"model": "a", "cards": {"a": {"firmware": ["a.ucode"], "ids": ["8086:0001"]},
                               "b": {"firmware": ["b.ucode"], "ids": ["8086:0002", "8086:0003"]}}}


@pytest.fixture
def found(tmp_path):
    """found(voy.json) -> the driver of a program that has it beside."""
    program = tmp_path / "run-other"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    def find(said):
        (tmp_path / "voy.json").write_text(said if isinstance(said, str) else json.dumps(said))
        return drivers.find(str(program))
    return find


def test_a_driver_of_one_card_says_it_in_a_line(found):
    """And any model may take its place, of which nobody knows what it wants."""
    d = found({"model": "one", "firmware": ["x.ucode"], "ids": ["1234:5678"]})
    assert (d.model, d.ids, d.firmware, d.firmware_of()) == (
        "one", ("1234:5678",), ("x.ucode",), ("x.ucode",))
    d.choose("another")
    assert (d.model, d.firmware_of()) == ("another", ("x.ucode",))


def test_a_driver_of_two_cards_loads_what_the_chosen_one_wants(found):
    """By its model, or by the ids of a real card."""
    d = found(TWO)
    assert d.ids == ("8086:0001", "8086:0002", "8086:0003")
    assert (d.firmware_of(), d.firmware) == (("a.ucode",), ("a.ucode", "b.ucode"))
    d.choose("b")
    assert (d.model, d.firmware_of()) == ("b", ("b.ucode",))
    assert d.firmware_of("8086:0001") == ("a.ucode",) and d.firmware_of("8086:0003") == (
        "b.ucode",)
    with pytest.raises(VoyError, match="--model c: other drives no such card; there are: a, b"):
        d.choose("c")


def test_behind_a_socket_may_be_any_of_them(found, tmp_path):
    """So every file is looked for."""
    d = found(TWO)
    assert harness.firmware_names(d, targets.Target("sim")) == ("a.ucode",)
    assert harness.firmware_names(d, targets.Target("unix", f"unix:{tmp_path}/x")) == (
        "a.ucode", "b.ucode")


@pytest.mark.parametrize("said,why", [
    ({**TWO, "firmware": ["x"]}, "are in each"), ({**TWO, "ids": ["1:2"]}, "are in each"),
    ({**TWO, "model": "c"}, "is one of them"), ({"cards": TWO["cards"]}, "is one of them"),
    ({"model": "a", "cards": {"a": {"firm": []}}}, "unknown key firm"),
    ({"model": "a", "cards": {"a": 7}}, "voy.json"), ({"model": "a", "cards": 7}, "voy.json"),
    ({"modell": "a"}, "unknown key modell"), ("{", "voy.json")])
def test_what_it_may_not_say_is_named_with_the_file(found, said, why):
    """And where to read what it may."""
    with pytest.raises(VoyError, match="see tools/voyageur/drivers.py") as e:
        found(said)
    assert why in str(e.value) and "voy.json" in str(e.value)


def test_iwm_has_a_model_for_each_of_its_cards():
    """Their ids are those of the driver's own table (drivers/iwm/chips.c)."""
    d = drivers.find("iwm")
    assert set(d.cards) == {"i7260", "i3160", "i7265"} and d.model == "i7260"
    table = (paths.ROOT / "drivers/iwm/chips.c").read_text()
    assert set(d.ids) == {f"{vendor}:{device}" for vendor, device in
                          re.findall(r"\{ 0x(8086), 0x(\w{4}) \}", table)} != set()


def test_a_driver_whose_card_only_the_lab_has_says_so(found, tmp_path, voy):
    """No simulated card is named, but a device of QEMU's."""
    found({"lab": "edu"})
    said = voy("run", tmp_path / "run-other", "--json")
    assert said.status != 0 and "give --on lab" in said.result["error"], said.result
