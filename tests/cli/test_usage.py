# SPDX-License-Identifier: BSD-2-Clause
"""Help for everything, and clear refusals: what is wrong, and what to do about it."""
import pathlib

import pytest

VOY = pathlib.Path(__file__).resolve().parents[2] / "voy"

COMMANDS = ("run", "list", "bind", "unbind", "doctor", "test", "sim", "lab", "port",
            "bench", "wifi")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_examples(voy, command):
    """--help says what it does and how it is used."""
    said = voy(command, "--help")
    assert said.status == 0 and not said.err
    assert f"usage: voy {command}" in said.out and f"\n  voy {command}" in said.out


def test_help_names_every_command(voy):
    """voy --help, and voy alone (which is wrong usage)."""
    said = voy("--help")
    assert said.status == 0 and all(f"\n    {c}" in said.out for c in COMMANDS)
    bare = voy()
    assert bare.status == 2 and bare.out == said.out


def test_unknown_command_is_wrong_usage(voy):
    """The choices are named."""
    said = voy("fly")
    assert said.status == 2 and "bench" in said.err and not said.out


def test_unknown_driver_lists_the_drivers(voy):
    """On stderr, and as the result."""
    said = voy("run", "nosuch", "--json")
    assert said.status == 1
    assert "nosuch: no such driver" in said.result["error"]
    assert "edu" in said.result["error"] and "iwm" in said.result["error"]
    human = voy("run", "nosuch")
    assert human.status == 1 and human.err.startswith("voy: nosuch: no such driver")


def test_a_path_that_is_no_program_is_refused(voy, tmp_path):
    """A driver may be a path; a file that cannot run is not one."""
    (tmp_path / "x").write_text("")
    said = voy("run", "./x")
    assert said.status == 1 and "./x: not a program" in said.err


@pytest.mark.parametrize("bdf,why", [("ff:1f.7", "no such PCI device"),
                                     ("0000:ff:1f.7", "no such PCI device"),
                                     ("99:99.9", "not a target"), ("03:00", "not a target"),
                                     ("unix:", "names no socket"), ("mars", "not a target")])
def test_bad_targets_are_refused_with_the_cause(voy, bdf, why):
    """A BDF that is none or is not there, and other nonsense."""
    said = voy("run", "edu", "--on", bdf, "--json")
    assert said.status == 1 and why in said.result["error"]
    assert said.result["ok"] is False and said.result["reached"] is None


def test_a_socket_that_is_not_there_is_refused(voy, tmp_path):
    """With the command that would make one."""
    said = voy("run", "edu", "--on", f"unix:{tmp_path}/none", "--json")
    assert said.status == 1 and "No such file" in said.result["error"]
    assert "voy sim" in said.result["error"]
    (tmp_path / "file").write_text("")
    said = voy("run", "edu", "--on", f"unix:{tmp_path}/file", "--json")
    assert said.status == 1 and "not a socket" in said.result["error"]


@pytest.mark.parametrize("arguments", [["--timeout", "0"], ["--timeout", "soon"],
                                       ["--cycles", "-1"], ["--set", "novalue"],
                                       ["--dma", "maybe"], ["--frob"]])
def test_wrong_options_are_wrong_usage_also_in_json(voy, arguments):
    """Status 2, the reason on stderr, and still a result for whoever reads JSON."""
    said = voy("run", "edu", "--json", *arguments)
    assert said.status == 2 and said.result["ok"] is False and said.err


@pytest.mark.parametrize("option", ["--pcap", "--ssid", "--psk", "--psk-file", "--bssid", "--air",
                                    "--ifname"])
def test_options_of_wifi_are_refused_for_a_driver_without_frames(voy, tmp_path, option):
    """And no file appears."""
    said = voy("run", "edu", option, tmp_path / "p", "--json")
    assert said.status == 1 and said.result["error"].startswith(f"{option}: edu hands over no")
    assert not (tmp_path / "p").exists()


def test_wifi_without_a_run_says_how_to_have_one(voy, tmp_path):
    """No run at all, a socket that nobody serves, a run that is no wifi driver's."""
    said = voy("wifi", "status")
    assert said.status == 1 and "voy run iwm --stay" in said.err
    said = voy("wifi", "status", "--control", tmp_path / "none")
    assert said.status == 1 and f"{tmp_path}/none: No such file" in said.err
    inside = voy("run", "edu", "--json", "--", VOY, "wifi", "status")
    assert inside.status == 1 and "is no wifi station" in inside.err



@pytest.mark.parametrize("more", [["--gdb"], ["--stay"], ["--control", "c"], ["--set", "a=b"]])
def test_what_the_lab_cannot_do_is_refused_at_once(voy, more):
    """Before a guest is started."""
    said = voy("run", "edu", "--on", "lab", "--json", *more)
    assert said.status == 1 and said.result["seconds"] < 1


def test_port_says_what_there_is_and_fails(voy):
    """It must not look as if a port had been checked."""
    said = voy("port", "iwm", "--os", "netbsd", "--json")
    assert said.status == 1 and "iwm" in said.err and "netbsd" in said.err
    assert '"ok": false' in said.out


def test_only_run_takes_a_command(voy):
    """voy list -- x is a mistake."""
    assert voy("list", "--", "true").status == 2


def test_list_shows_devices_or_says_why_not(voy):
    """A machine may have no PCI bus at all; then it says so."""
    said = voy("list", "--json")
    assert (said.status == 0 and said.out.startswith('{"devices"')) or said.err


def test_doctor_names_a_mend_for_each_failure(voy):
    """And its status tells whether all is well."""
    import json
    said = voy("doctor", "--json")
    told = json.loads(said.out)
    assert told["ok"] == (said.status == 0)
    assert {c["target"] for c in told["checks"]} == {"sim", "lab", "card"}
    assert all(c["mend"] for c in told["checks"] if c["status"] == "fail")


def test_doctor_of_a_device_that_is_not_there(voy):
    """It fails, and says where to look."""
    said = voy("doctor", "0000:ff:1f.7")
    assert said.status == 1 and "no such PCI device" in said.out


def test_bind_of_a_device_that_is_not_there(voy):
    """So do bind and unbind."""
    for command in ("bind", "unbind"):
        said = voy(command, "0000:ff:1f.7")
        assert said.status == 1 and "0000:ff:1f.7" in said.err
