# SPDX-License-Identifier: BSD-2-Clause
"""A device that fails under a driver: pulled out, reports errors, is wanted back, is silent."""
import pytest

from harness_run import Card, Control, fake, finish, staying


@pytest.mark.parametrize("fault,text", [
    ("fault.err", "cannot recover from (PCIe AER)"),
    ("fault.req", "the host wants the device back"),
])
def test_a_notice_of_the_host_ends_the_run_orderly(tmp_path, fault, text):
    simctl = tmp_path / "sim.ctl"
    with Card(tmp_path, "--control", str(simctl)) as card:
        with staying(card, tmp_path) as (p, c), Control(simctl) as sim:
            assert c("wait", state="hot")["ok"] is True
            assert sim("set", key=fault, value="1")["ok"] is True
            run = finish(p)
    assert run.status == 1 and text in run.result["error"]
    assert run.states() == ["attached", "warm", "hot"] and not run.all("crash")


@pytest.mark.parametrize("accesses", range(8))
@pytest.mark.parametrize("fault", ["gone_after", "close_after", "nonsense_after"])
def test_a_device_lost_at_any_point_of_attach_is_a_clean_failure(tmp_path, fault, accesses):
    with Card(tmp_path, "--set", f"fault.{fault}={accesses}") as card:
        run = fake(card, "ok", "--timeout", "100")
        card.stop()
    if not any(e["event"] == "fault" for e in card.events):
        assert run.status == 0, "the fault never struck"
        return
    assert run.result["event"] == "result" and run.result["ok"] is False
    assert run.status == 1 and run.result["error"] and not run.all("crash")


def test_a_server_that_goes_silent_is_given_up(tmp_path):
    with Card(tmp_path, "--set", "fault.stall_after=3") as card:
        run = fake(card, "ok", "--timeout", "100")
    assert run.status == 1 and card.path in run.result["error"]


def test_that_the_device_has_gone_is_the_cause_of_what_fails_then(tmp_path):
    """Also when a thread that finds it gone is faster than the one that tells why."""
    with Card(tmp_path, "--set", "fault.close_after=3") as card:
        run = fake(card, "gone-raced", "--timeout", "100")
    assert "the server closed the connection" in run.result["error"]
    said = [e["text"] for e in run.all("error")]
    assert "a register read all ones" in said, said


def test_interrupts_that_never_come_end_in_the_time_out(tmp_path):
    with Card(tmp_path, "--set", "fault.no_irq=1") as card:
        run = fake(card, "patient", "--timeout", "3")
    assert run.status == 124 and "timeout" in run.result["error"]
    assert any("await_interrupt at" in line for line in run.one("threads")["backtrace"])


def test_interrupts_without_a_reason_do_no_harm(tmp_path):
    simctl = tmp_path / "sim.ctl"
    with Card(tmp_path, "--control", str(simctl)) as card:
        with staying(card, tmp_path) as (p, c), Control(simctl) as sim:
            assert c("wait", state="hot")["ok"] is True
            for _ in range(20):
                assert sim("set", key="fault.spurious_irq", value="0")["ok"] is True
            c("quit")
            assert finish(p).status == 0


def test_dma_by_messages_works_as_by_mapping(tmp_path, variant):
    with Card(tmp_path, "--set", "fault.nommap=1") as card:
        assert fake(card, variant=variant).status == 0
