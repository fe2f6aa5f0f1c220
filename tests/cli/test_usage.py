# SPDX-License-Identifier: BSD-2-Clause
"""Help for everything, and clear refusals: what is wrong, and what to do about it."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

from voyageur import aircfg, build, labrun, paths, psk, world
from voyageur.errors import VoyError

VOY = pathlib.Path(__file__).resolve().parents[2] / "voy"

COMMANDS = ("run", "list", "bind", "unbind", "doctor", "test", "sim", "lab", "trace", "fuzz",
            "wifi", "faults", "port", "bench")


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
                                     ("10000:ff:1f.7", "no such PCI device"),
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


@pytest.mark.parametrize("option", ["--psk", "--psk-file", "--ssid", "--bssid"])
def test_an_empty_word_is_no_open_network(voy, option):
    """As of a variable of the shell that is not set."""
    more = () if option == "--ssid" else ("--ssid", "home")
    said = voy("run", "iwm", *more, option, "", "--json")
    assert said.status == 1 and f"{option}: it is empty" in said.result["error"]


WRONG_KEYS = {"brief": "it has 5 characters", "g" * 64: "not all are hexadecimal digits",
              "x" * 65: "more than 64 characters", "tab\there": "character 4 is no printable",
              "pässword": "character 2 is no printable"}


@pytest.mark.parametrize("text", WRONG_KEYS)
def test_what_is_no_passphrase_is_told_in_the_words_that_were_typed(tmp_path, text):
    """The option and, if there is one, the file; not the secret."""
    file = tmp_path / "secret"
    file.write_text(text + "\r\n", encoding="utf-8")
    for given, named in (((text, None), "--psk: "), ((None, file), f"--psk-file {file}: ")):
        with pytest.raises(VoyError) as error:
            psk.given(argparse.Namespace(psk=given[0], psk_file=given[1]))
        said = str(error.value)
        assert said.startswith(named) and WRONG_KEYS[text] in said and "8 to 63" in said
        assert text not in said


@pytest.mark.parametrize("text", ["8 places", "p" * 63, "0aF9" * 16])
def test_a_passphrase_or_a_key_is_taken_as_it_is(tmp_path, text):
    """With the end of its line or without."""
    for end in ("", "\n", "\r\n"):
        (tmp_path / "secret").write_text(text + end)
        assert psk.given(argparse.Namespace(psk=None, psk_file=tmp_path / "secret")) == text
    assert psk.given(argparse.Namespace(psk=text, psk_file=None)) == text


@pytest.mark.parametrize("arguments,named", [
    (["--psk", "brief"], "--psk: it has 5 characters"),
    (["--on", "lab", "--psk-file", "none"], "--psk-file none: cannot be read: No such file")])
def test_a_wrong_passphrase_is_told_before_anything_is_started(voy, arguments, named):
    """In the lab the file has another name."""
    said = voy("run", "iwm", "--ssid", "home", *arguments, "--json")
    assert said.status == 1 and said.result["error"].startswith(named)
    assert [e["event"] for e in said.events] == ["error", "result"]
    assert "brief" not in said.out + said.err


def test_a_passphrase_in_the_airs_file_may_be_a_number(tmp_path):
    """As it may for the access point, which reads the same file."""
    file = tmp_path / "world.json"
    file.write_text('{"aps": [{"ssid": 7, "psk": 12345678, "channel": 1}]}')
    nothing = argparse.Namespace(ssid=None, passphrase=None, open=False, bssid=None)
    network = world.Network(nothing, tmp_path, aircfg.Config(file))
    assert network.arguments == ["--ssid", "7", "--psk-file", str(tmp_path / "psk")]
    assert (tmp_path / "psk").read_text() == "12345678\n"


def test_a_card_that_the_driver_does_not_take_is_named_as_it_was_typed(voy):
    """And not by the socket of this run."""
    said = voy("run", "edu", "--model", "i7260", "--json")
    assert said.status == 1
    assert said.result["error"].startswith("the simulated i7260: is 8086:08b1, which the driver edu")
    assert "voy-run-" not in said.result["error"]


def test_a_file_that_leaves_the_guest_in_part_is_none(tmp_path):
    """Something else was printed in the middle of its line."""
    options = argparse.Namespace(trace=tmp_path / "trace", pcap=None, record=None)
    files = labrun._Files(argparse.Namespace(o=options))
    assert files.take(f"{labrun.FILE}trace aGVhcmQ=")
    with pytest.raises(VoyError, match="--trace: what the guest wrote .* run it again"):
        files.take(f"{labrun.FILE}trace aGV[ 1.0] panic")
    files.save()
    assert (tmp_path / "trace").read_bytes() == b"heard"


def test_wifi_without_a_run_says_how_to_have_one(voy, tmp_path):
    """No run at all, a socket that nobody serves, a run that is no wifi driver's."""
    said = voy("wifi", "status")
    assert said.status == 1 and "voy run iwm --stay" in said.err
    said = voy("wifi", "status", "--control", tmp_path / "none")
    assert said.status == 1 and f"{tmp_path}/none: No such file" in said.err
    inside = voy("run", "edu", "--json", "--", VOY, "wifi", "status")
    assert inside.status == 1 and "is no wifi station" in inside.err



@pytest.mark.parametrize("more", [["--gdb"], ["--set", "a=b"]])
def test_what_the_lab_cannot_do_is_refused_at_once(voy, more):
    """Before a guest is started."""
    said = voy("run", "edu", "--on", "lab", "--json", *more)
    assert said.status == 1 and [e["event"] for e in said.events] == ["error", "result"]


def test_only_run_takes_a_command(voy):
    """voy list -- x is a mistake."""
    assert voy("list", "--", "true").status == 2


def test_list_shows_devices_or_says_why_not(voy):
    """A machine may have no PCI bus at all; then it says so."""
    said = voy("list", "--json")
    assert (said.status == 0 and said.out.startswith('{"devices"')) or said.err


def test_doctor_names_a_mend_for_each_failure(voy):
    """And its status tells whether all is well."""
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


@pytest.mark.parametrize("bdf", ["nonsense", "0000:00:00"])
def test_an_address_that_is_none_is_told(voy, bdf):
    """In the words of the program that looked, and no others."""
    for command in ("doctor", "bind", "unbind"):
        said = voy(command, bdf)
        assert said.status != 0 and f"{bdf}: not a PCI address" in said.err
        assert "ended with status" not in said.err


def test_doctor_without_a_cache_still_looks_at_the_rest(voy):
    """A home that cannot be written is one of the things a doctor is asked about."""
    said = voy("doctor", "--json", env={"VOY_CACHE": "/proc/none"})
    checks = json.loads(said.out)["checks"]
    bad = [c for c in checks if c["status"] == "fail" and "/proc/none" in c["text"]]
    assert {c["target"] for c in bad} == {"sim", "lab"} and said.status == 1
    assert all("VOY_CACHE" in c["mend"] for c in bad)
    assert any(c["target"] == "card" for c in checks)


@pytest.mark.parametrize("command, options", [
    ("lab", ("--device", "--modules", "--timeout")), ("sim", ("--socket", "--view", "--list")),
    ("test", ("--on", "--long"))])
def test_help_of_what_is_passed_on_names_its_options(voy, command, options):
    """Not just that there are arguments."""
    said = voy(command, "--help")
    assert said.status == 0 and all(option in said.out for option in options)


def test_bench_names_the_sources_of_rows(voy):
    """For who gives the name of a row."""
    said = voy("bench", "register")
    assert said.status == 1 and "bench-pdk" in said.err and "bench-attach" in said.err


def test_a_trace_that_cannot_be_written_is_told_before_there_is_a_guest(voy, tmp_path):
    """A guest takes seconds, and its run would have been for nothing."""
    said = voy("run", "edu", "--on", "lab", "--trace", tmp_path / "none/t", "--json")
    assert said.status == 1 and "none/t: No such file" in said.result["error"]
    assert [e["event"] for e in said.events] == ["error", "result"]


def output(voy, arguments, **how):
    """voy with a stdout of our making; its status and stderr."""
    p = subprocess.run([VOY, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       env=voy.environment(XDG_RUNTIME_DIR=voy.runtime), text=True, timeout=250,
                       check=False, **how)
    return p.returncode, p.stderr


OUTPUTS = [["run", "edu", "--json"], ["run", "edu"], ["doctor"], ["doctor", "--json"],
           ["run", "--help"]]


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_full_disk_behind_stdout_is_told(voy, arguments):
    """As what it is, with a status to match."""
    with open("/dev/full", "w", encoding="ascii") as full:
        status, err = output(voy, arguments, stdout=full)
    assert status == 1 and err == "voy: standard output: No space left on device\n"


@pytest.mark.parametrize("arguments", OUTPUTS, ids=" ".join)
def test_a_reader_that_leaves_ends_it_in_silence(voy, arguments):
    """As in: voy doctor | head -1"""
    reader, writer = os.pipe()
    os.close(reader)
    status, err = output(voy, arguments, stdout=writer)
    os.close(writer)
    assert status == 1 and not err


def test_without_any_stdout_a_run_is_a_run(voy):
    """Somebody's daemon may have closed it."""
    for arguments in (["run", "edu", "--json"], ["run", "edu"]):
        assert output(voy, arguments, preexec_fn=lambda: os.close(1)) == (0, "")


NINJA = """#!/bin/sh
# Busy until SIGINT, which it lets our user send.
trap 'echo ended >{0}; exit {1}' INT
kill -INT $PPID
while :; do sleep 0.02; done
"""


@pytest.mark.parametrize("status", build.INTERRUPTED)
def test_ctrl_c_while_building_ends_the_build(tmp_path, status):
    """The build is over when the command is; and it has not failed, it was interrupted."""
    ninja = tmp_path / "ninja"
    ninja.write_text(NINJA.format(tmp_path / "said", status))
    ninja.chmod(0o755)
    code = ("import pathlib, signal, sys\n"
            "from voyageur import build, paths\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "paths.ROOT = pathlib.Path(sys.argv[1]); paths.BUILD = paths.ROOT / 'build'\n"
            "build.NINJA = str(paths.ROOT / 'ninja')\n"
            "try: build.ninja('gcc')\n"
            "except KeyboardInterrupt: print('interrupted')\n")
    p = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True,
                       env=dict(os.environ, PYTHONPATH=str(paths.ROOT / "tools")), timeout=250,
                       stdin=subprocess.DEVNULL, check=False)
    assert p.stdout == "interrupted\n", p.stderr
    # At once, or, when the signal came while ninja was being started, with our end.
    limit = time.monotonic() + 120
    while not (tmp_path / "said").exists():
        assert time.monotonic() < limit
        time.sleep(0.01)
