# SPDX-License-Identifier: BSD-2-Clause
"""voy faults: every place where the host may fail is tried, and each run is judged.

Here edu goes through all of them, iwm and em through a sample; with VOY_LONG=1 they do all, too.
"""
import contextlib
import importlib.util
import io
import os
import pathlib
import shlex
import types

import pytest

from voyageur import build, cli, faultpoints, faultrun, faults
from voyageur.errors import VoyError

HERE = pathlib.Path(__file__).resolve().parent
VOY = HERE.parents[1] / "voy"
IWM = ("iwm", "--until", "associated")


def runs(said):
    """The runs of a sweep with --json."""
    return [e for e in said.events if e["event"] == "run"]


def ok(said):
    """The sweep is without a failure, and its result says what its runs say."""
    failed = [f"{e['name']}{' for good' if e['for_good'] else ''}: {e['why']}\n{e['said']}"
              for e in runs(said) if e["outcome"] == "failed"]
    assert said.status == 0 and said.result["ok"] and not failed, "\n".join(failed) + said.err
    for outcome in ("recovered", "error", "in vain", "failed"):
        assert said.result[outcome.replace(" ", "_")] == \
            sum(e["outcome"] == outcome for e in runs(said))
    assert all(e["fired"] for e in runs(said))
    return said.result


def test_each_run_has_what_was_given_and_so_has_the_line_to_repeat_it(tmp_path):
    """Limits and settings, too: without them the failure might not come again."""
    given = ["--until", "tested", "--timeout", "2.5", "--sanitize", "thread", "--set", "msi=0",
             "--set", "a=b c", "--model", "edu", "--cycles", "2", "--suspend", "1", "--dma", "strict",
             "--memory", "16", "--no-contain", "--all"]
    options = cli.parse(["faults", "edu", *given])
    again = faults._again(options, types.SimpleNamespace(exact="pdk_zalloc@1f.a0:1"))
    repeated = cli.parse(shlex.split(again)[1:])
    run = faults.run_options(options, tmp_path)
    for name in faults.CARRIED:
        assert getattr(options, name) == getattr(run, name) == getattr(repeated, name), name
    assert repeated.all and repeated.point == ["pdk_zalloc@1f.a0:1"]


# ---- sweeps ------------------------------------------------------------------------

@pytest.mark.deadline(900)
def test_edu_survives_every_failure_of_its_host(voy):
    """All of them; of each kind that there is on its way."""
    said = voy("faults", "edu", "--json")
    result = ok(said)
    assert {e["call"] for e in runs(said)} == {
        "worker", "timer", "pdk_pci_map_bar", "pdk_dma_alloc", "pdk_intr_alloc", "pdk_wait",
        "interrupt", "reset", "bus_space_read", "stuck", "card_gone", "link_lost"}
    assert result["runs"] == len(runs(said)) > result["points"] > 20
    assert said.err == ""


@pytest.mark.deadline(3600)
def test_iwm_survives_failures_of_its_host(voy, firmware):
    """Up to a network; some of them, spread over all kinds, or with VOY_LONG=1 every one."""
    sample = [] if os.environ.get("VOY_LONG") else ["--sample", 14]
    said = voy("faults", *IWM, "--json", *sample, timeout=3500)
    result = ok(said)
    assert result["runs"] == 14 if sample else result["runs"] > 500
    assert result["calls"] > 1000


@pytest.mark.deadline(3600)
def test_em_survives_failures_of_its_host(voy):
    """Up to a link, the same way."""
    sample = [] if os.environ.get("VOY_LONG") else ["--sample", 16]
    said = voy("faults", "em", "--until", "link", "--json", *sample, timeout=3500)
    result = ok(said)
    assert result["runs"] == 16 if sample else result["runs"] > 200


def test_every_kind_of_failure_has_its_points(voy, firmware):
    """On the way of a driver that has use for it: none is forgotten when a call gets another name."""
    def calls(*arguments):
        return {e["call"] for e in voy("faults", *arguments, "--list", "--json").events}
    wifi, wired = calls(*IWM), calls("em", "--until", "link", "--suspend", "1")
    assert {"pdk_zalloc", "pdk_dma_alloc", "pdk_map_create", "pdk_map_load_mbuf",
            "pdk_mbuf_rxalloc", "stack_mbuf", "pdk_pci_map_bar", "pdk_firmware_get",
            "pdk_intr_alloc", "pdk80211_attach", "worker", "timer", "pdk_wait", "interrupt",
            "reset", "bus_space_read", "stuck", "card_gone", "link_lost"} <= wifi
    assert {"pdknet_attach", "resume", "pdk_pci_map_bar", "pdk_intr_alloc", "reset"} <= wired


def test_a_device_that_is_not_reset_is_an_error(voy):
    """At the end of a run that was well, and after a sleep."""
    said = voy("faults", "em", "--until", "link", "--suspend", "1", "--only", "reset", "--json")
    ok(said)
    once = {e["name"]: (e["outcome"], e["why"]) for e in runs(said) if not e["for_good"]}
    assert once == {
        "reset #1": ("recovered", ""),
        "reset #2": ("error", "the device is left as the driver had it: em0: reset: "
                              "Input/output error")}
    assert [e["outcome"] for e in runs(said) if e["for_good"]] == ["error"] * 2


def test_em_does_not_reset_itself_by_a_read_that_failed(voy):
    """All ones, written back to CTRL, are RST too; the card says when that comes unprepared."""
    listed = voy("faults", "em", "--until", "link", "--list", "--json")
    points = [e["faults"][str(e["point"])] for e in listed.events if e["call"] == "bus_space_read"
              and "< em_ctrl" in e["name"]]
    assert len(points) >= 4
    said = voy("faults", "em", "--until", "link", "--json", "--point", ",".join(points))
    ok(said)
    assert {e["outcome"] for e in runs(said)} == {"error"}


def test_em_hears_of_its_link_though_an_interrupt_is_lost(voy):
    """Each of them in turn."""
    said = voy("faults", "em", "--until", "link", "--json", "--only", "interrupt", "--all")
    ok(said)
    assert all(e["outcome"] == "recovered" for e in runs(said) if not e["for_good"])


@pytest.mark.deadline(900)
def test_iwm_writes_nothing_to_where_a_wrong_pointer_leads(voy, firmware):
    """The scheduler's context in the card's memory, whose place is read from a register."""
    listed = voy("faults", *IWM, "--list", "--json")
    points = [e for e in listed.events if e["call"] == "bus_space_read"
              and "iwm_read_prph" in e["name"] and "< iwm_tx_start" in e["name"]
              and "iwm_clr_prph" not in e["name"]]
    assert points       # more than one where less is inlined: each start of the firmware by its way
    for point in points:
        exact = point["faults"][str(point["point"])]
        said = voy("faults", *IWM, "--json", "--point", exact)
        ok(said)
        run, = runs(said)
        assert "the scheduler does not say where its context is" in run["why"]


@pytest.mark.deadline(900)
def test_iwm_gives_up_a_card_that_interrupts_without_a_cause(voy, firmware):
    """Its CSR_INT reads 0 for ever; served for ever, that would be a storm."""
    listed = voy("faults", *IWM, "--list", "--json", "--only", "stuck")
    points = [e for e in listed.events if "< iwm_intr_bh" in e["name"]]
    assert points
    exact = [f'{e["faults"][str(e["point"]) + "+"]}' for e in points]
    said = voy("faults", *IWM, "--json", "--point", ",".join(exact))
    ok(said)
    assert {e["outcome"] for e in runs(said)} == {"error"}
    assert any("interrupts without a cause" in e["why"] for e in runs(said))


# ---- what is shown ---------------------------------------------------------------------

def test_points_are_numbered_and_named(voy):
    """The same numbers each time; a name says the call and where the driver makes it."""
    first, second = (voy("faults", "edu", "--list").out for _ in range(2))
    assert first == second
    lines = first.splitlines()
    assert [line.split()[0] for line in lines] == [str(i) for i in range(1, len(lines) + 1)]
    assert "pdk_dma_alloc in edu_attach (edu.c:" in first
    assert "pdk_intr_alloc in edu_test (edu.c:" in first and "< edu_task (edu.c:" in first


def test_the_table_has_a_row_for_each_call(voy):
    """In a pipe without a progress bar; it says what was left out."""
    said = voy("faults", "edu", "--only", "pdk_dma_alloc,pdk_intr_alloc")
    assert said.status == 0 and said.err == "", said.err
    rows = {line.split()[0]: line.split()[-4:] for line in said.out.splitlines()
            if line.startswith("pdk_")}
    # calls, points, runs, errors
    assert rows == {"pdk_dma_alloc": ["1", "1", "2", "2"], "pdk_intr_alloc": ["2", "2", "4", "4"]}
    assert "--all: every one" in said.out and "ok: 6 runs, 0 failed" in said.out
    assert "\r" not in said.out


def test_all_goes_through_each_call(voy):
    """Six waits, each of its own place; and every interrupt."""
    few, every = (voy("faults", "edu", "--list", "--json", *more).events
                  for more in ((), ("--all",)))
    assert sum(e["call"] == "interrupt" for e in few) == 3
    assert sum(e["call"] == "interrupt" for e in every) >= 6
    assert sum(e["call"] == "card_gone" for e in every) >= 11


def test_one_point_is_repeated(voy):
    """Once, and for good, by its number."""
    listed = voy("faults", "edu", "--list", "--json").events
    number = next(e["point"] for e in listed if e["call"] == "pdk_intr_alloc")
    said = voy("faults", "edu", "--json", "--point", f"{number},{number}+")
    ok(said)
    assert sorted((e["point"], e["for_good"]) for e in runs(said)) == \
        [(number, False), (number, True)]


def test_a_wait_that_comes_only_by_a_chance_wake_is_met(voy):
    """edu waits once at each place unless it is woken for nothing, which a wait may be."""
    listed = voy("faults", "edu", "--list", "--json", "--only", "pdk_wait").events
    first = listed[0]["faults"][str(listed[0]["point"])]
    second = f"{first.removesuffix(':1')}:2"
    said = voy("faults", "edu", "--json", "--point", f"{second},{second}+")
    ok(said)
    assert [e["outcome"] for e in runs(said)] == ["error"] * 2
    assert all(e["exact"].startswith(second) for e in runs(said))


def test_what_failed_is_repeated_exactly(voy):
    """By its place: with another number, too, or when a count misses it."""
    env = {"VOY_BUG": "leak_when_dma_fails"}
    driver = (HERE.parents[1] / "build/gcc/bin/run-gallery-faults", "--model", "edu")
    failed = voy("faults", *driver, "--only", "pdk_dma_alloc", env=env)
    again = [line.split() for line in failed.out.splitlines() if "again: voy faults" in line]
    assert len(again) == 2, failed.out
    said = voy("faults", *driver, "--json", *again[0][-2:], env=env)
    run, = runs(said)
    assert run["exact"] == again[0][-1] and "not given back" in run["why"]
    gone = voy("faults", "edu", "--json", "--point", "pdk_dma_alloc@1234:7")
    run, = runs(gone)
    assert run["outcome"] == "failed" and run["why"] == "the fault never came; the run was ok"


@pytest.mark.parametrize("arguments,says", [
    (("--point", "9999"), "--point 9999: there is no such point; there are 1 to"),
    (("--point", "1+"), "--point 1+: this point has only 1"),
    (("--point", "one"), "one: not a point's number"),
    (("--point", "malloc:1"), "malloc:1: not a point's number"),
    (("--only", "malloc"), "malloc: no such call; there are worker, timer, pdk_pci_map_bar"),
    (("--gdb",), "--gdb: one --point, "),
    (("--until", "nowhere"), "the driver edu has no such state"),
])
def test_wrong_usage_is_explained(voy, arguments, says):
    """The option, the cause, and what there is."""
    said = voy("faults", "edu", *arguments)
    assert said.status != 0 and says in said.err, said.err
    assert "Traceback" not in said.err


def test_a_driver_that_fails_by_itself_is_not_swept(voy):
    """Its faults would be nobody's."""
    said = voy("faults", "edu", "--set", "fault.gone_after=3", "--json")
    assert said.status == 1
    assert "without a fault the run is not ok: the device is gone" in said.err


def test_progress_is_for_a_terminal(voy):
    """A bar that counts, and is gone at the end."""
    spec = importlib.util.spec_from_file_location("terminal", HERE / "terminal.py")
    terminal = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(terminal)

    class Plain(terminal.Terminal):
        """Everything as text."""
        def feed(self, data):
            self.plain += data.decode(errors="replace")

    env = voy.environment(XDG_RUNTIME_DIR=voy.runtime)
    with Plain([VOY, "faults", "edu", "--only", "pdk_intr_alloc", "--jobs", "1"], env) as t:
        assert t.end() == 0, t.plain
    assert f"[{'.' * 30}] 0/4" in t.plain and f"[{'#' * 30}] 4/4" in t.plain
    assert t.plain.index("\r\x1b[K[####") < t.plain.index("ok: 4 runs")


@pytest.mark.deadline(400)
@pytest.mark.skipif(not os.path.exists("/usr/bin/gdb"), reason="no gdb here")
def test_gdb_stops_where_the_fault_strikes(voy):
    """With the stack of the call that fails."""
    listed = voy("faults", "edu", "--list", "--json").events
    number = next(e["point"] for e in listed if e["call"] == "pdk_dma_alloc")
    said = voy("faults", "edu", "--point", number, "--gdb")
    assert f"fault {number}: pdk_dma_alloc in edu_attach" in said.out
    stack = said.out[said.out.index("shim_fault_strikes ("):]
    assert "pdk_dma_alloc (" in stack and "edu_attach (" in stack


# ---- the judgement -----------------------------------------------------------------------

FIRED = {"event": "fault", "call": "pdk_wait"}
GOOD = {"event": "result", "ok": True}


def failed_with(error):
    """The result of a run that ended so."""
    return {"event": "result", "ok": False, "error": error}


def verdict(*events, said="", call="pdk_wait", for_good=False):
    """The outcome of such a run, and why."""
    fault = types.SimpleNamespace(point=types.SimpleNamespace(call=call), for_good=for_good)
    v = faultrun.judge([dict(e) for e in events], said, fault)
    return v.outcome, v.why


def test_what_is_well():
    """An error that was told, or none."""
    assert verdict(FIRED, GOOD) == ("recovered", "")
    assert verdict(FIRED, failed_with("no reply")) == ("error", "no reply")


def test_a_fault_that_never_came_is_a_failure():
    """Also when the run was ok, all the more then."""
    assert verdict(GOOD) == ("failed", "the fault never came; the run was ok")
    assert verdict(failed_with("x"))[0] == "failed"


def test_going_on_for_ever_is_for_what_fails_for_good():
    """What failed once is to be over, or to be given up."""
    late = failed_with('timeout: "x" was not reached in 60 s')
    assert verdict(FIRED, late)[0] == "failed"
    assert verdict(FIRED, late, for_good=True) == ("in vain", late["error"])


@pytest.mark.parametrize("event", [
    {"event": "violation", "text": "rule broken: ..."},
    {"event": "violation", "source": "sim", "text": "write to nowhere"},
    {"event": "crash", "text": "crash: SIGSEGV"},
    {"event": "error", "text": "hang: detach has not returned for 10 s"},
    {"event": "log", "level": "error", "text": "not given back: 24 bytes of memory"},
    {"event": "error", "text": "leak: 3 file descriptors after detach, 2 before attach"},
])
def test_what_no_fault_excuses(event):
    """It is the reason, whatever the result says."""
    for result in (GOOD, failed_with("no reply"), failed_with("timeout: ...")):
        assert verdict(FIRED, event, result, for_good=True) == ("failed", event["text"])


def test_ends_without_a_word_are_failures():
    """A process that was killed, a sanitizer that spoke, an error that is empty."""
    assert verdict(FIRED, failed_with(""))[0] == "failed"
    assert verdict(FIRED, failed_with("run-x was killed by SIGSEGV without a result"))[0] == "failed"
    assert verdict(FIRED, failed_with("x: the harness did not end 30 s after its time-out, and was "
                                      "killed"))[0] == "failed"
    asan = "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1"
    assert verdict(FIRED, failed_with("x"), said=f"{asan}\n more") == ("failed", asan)
    assert verdict(FIRED, GOOD, said="a.c:1:2: runtime error: shift")[0] == "failed"


def test_what_a_card_complains_of_counts_unless_it_lied():
    """A register that reads 0 for ever makes a driver write what it would not."""
    complaint = {"event": "violation", "source": "sim", "text": "write while asleep"}
    result = failed_with("simulated card: x: write while asleep")
    assert verdict(FIRED, complaint, result)[0] == "failed"
    assert verdict(FIRED, complaint, result, call="bus_space_read")[0] == "failed"
    for call in ("stuck", "bus_space_read"):        # for good: gone for the driver alone
        assert verdict(FIRED, complaint, result, call=call, for_good=True)[0] == "error"
    ours = {"event": "violation", "text": "rule broken"}
    assert verdict(FIRED, ours, result, call="stuck", for_good=True)[0] == "failed"


def test_only_what_two_counting_runs_have_is_swept():
    """Threads may take another way once in a while."""
    def point(place, count):
        return {"event": "fault-point", "call": "pdk_wait", "place": place, "count": count}
    kept = faultpoints.steady([point("1", 3), point("2", 1), GOOD], [point("1", 2), point("3", 1)])
    assert [(e["place"], e["count"]) for e in kept] == [("1", 2)]


def test_what_is_swept_is_built_once(tmp_path, monkeypatch):
    """A source that is edited meanwhile must not move the places; what failed is tried again."""
    ninja = tmp_path / "ninja"
    ninja.write_text(f"#!/bin/sh\necho $1 >>{tmp_path}/said\ntest $1 = good\n")
    ninja.chmod(0o755)
    monkeypatch.setattr(build.paths, "ROOT", tmp_path)
    monkeypatch.setattr(build.paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(build, "NINJA", str(ninja))
    monkeypatch.setattr(build, "_made", set())
    monkeypatch.setattr(build.sys, "stderr", io.StringIO())
    for target in ("good", "good", "bad", "bad"):
        with contextlib.suppress(VoyError):
            build.ninja(target)
    assert (tmp_path / "said").read_text().split() == ["good", "bad", "bad"]


def test_what_is_interrupted_while_it_counts_is_no_broken_run(monkeypatch):
    """Ctrl-C reaches the run first, which ends in order."""
    stopped = failed_with('stopped by SIGINT before "tested"')
    monkeypatch.setattr(faultrun, "run", lambda *_, **__: ([stopped], ""))
    monkeypatch.setattr(build, "ninja", lambda *_, **__: None)
    assert cli.main(["faults", "edu"]) == 130
