# SPDX-License-Identifier: BSD-2-Clause
"""The life cycle of a driver in the harness, at the boundary of the process."""
import os
import signal
import subprocess
import time

import pytest

from harness_run import BUILD, VARIANT, Card, fake, finish, start, staying, wait_for


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def test_a_good_run_reaches_its_states_in_order_and_reports_all_info(card):
    run = fake(card)
    assert run.status == 0, run.stderr
    assert [e["event"] for e in run.events][0] == "start"
    assert run.one("start")["driver"] == "fake" and run.one("start")["target"] == card.target
    assert run.states() == ["attached", "warm", "hot"]
    r = run.result
    assert r["event"] == "result" and r["ok"] is True and r["reached"] == "hot"
    assert r["seconds"] > 0 and r["id"] == "edu" and r["intr"] == "msi"
    assert r["quote"] == 'a "b"\n\ufffd', "not UTF-8 becomes the replacement character"
    assert "error" not in r and run.stderr == ""
    times = [e["t"] for e in run.events]
    assert times == sorted(times)


def test_without_json_there_are_lines_for_a_person(card):
    p = start(card, json_output=False)
    out, err = p.communicate(timeout=200)
    assert p.returncode == 0 and err == ""
    assert "fake0: hot" in out and out.splitlines()[-1].startswith("fake0: ok: hot after")


def test_until_attached_does_not_bring_the_device_up(card):
    run = fake(card, "ok", "--until", "attached")
    assert run.status == 0 and run.states() == ["attached"] and run.result["reached"] == "attached"


def test_intx_is_masked_while_the_handler_runs_and_delivered_again(card):
    run = fake(card, "intx")
    assert run.status == 0 and run.result["intr"] == "intx"


@pytest.mark.parametrize("mode,text", [
    ("attach-fails", "attach: Input/output error"),
    ("late-fails", "attach_late: the card says no"),
    ("fail-later", "the firmware died: Connection timed out"),
])
def test_a_failed_step_ends_the_run_orderly_with_its_reason(card, mode, text):
    run = fake(card, mode)
    assert run.status == 1 and run.result["ok"] is False
    assert run.result["error"] == text and text in run.stderr
    assert run.all("trace"), "a failure shows the trace"
    assert not run.all("crash")


def test_what_a_driver_keeps_is_a_leak_and_a_failed_run(card):
    run = fake(card, "leak")
    assert run.status == 1
    error = run.result["error"]
    for thing in ("3 mbufs", "interrupts", "BAR 0", "1 DMA object [fake ring, 4096 bytes"):
        assert thing in error
    assert any("file descriptors after detach" in e["text"] for e in run.all("error"))


@pytest.mark.parametrize("dma", ["fast", "strict", "check"])
def test_200_cycles_in_one_process_keep_the_number_of_descriptors(card, variant, dma):
    run = fake(card, "ok", "--cycles", "200", f"--dma={dma}", variant=variant)
    assert run.status == 0, run.stderr[-3000:]
    assert run.result["cycles"] == 200 and run.states().count("hot") == 200
    assert [e["cycle"] for e in run.all("state") if e["state"] == "hot"] == list(range(1, 201))


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_staying_run_orderly(card, tmp_path, sig):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        p.send_signal(sig)
        run = finish(p)
    assert run.status == 0 and run.result["ok"] is True and run.result["reached"] == "hot"
    assert not (tmp_path / "ctl").exists()


def test_two_signals_at_once_are_one(card, tmp_path):
    """timeout(1) signals the process and then its group."""
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        p.send_signal(signal.SIGTERM)
        p.send_signal(signal.SIGINT)
        run = finish(p)
    assert run.status == 0 and run.result["ok"] is True


def test_a_signal_before_the_wanted_state_is_a_failure_that_names_it(card, tmp_path):
    with staying(card, tmp_path, "never") as (p, c):
        assert c("wait", state="warm")["ok"] is True
        p.send_signal(signal.SIGTERM)
        run = finish(p)
    assert run.status == 1 and 'stopped by SIGTERM before "hot"' in run.result["error"]


def test_a_second_signal_ends_a_driver_that_hangs(card, tmp_path):
    with staying(card, tmp_path, "hang-attach") as (p, c):
        wait_for(lambda: c("status")["phase"] == "attach", "attach")
        while p.poll() is None:         # two of them at once are one
            p.send_signal(signal.SIGTERM)
            time.sleep(0.7)
        run = finish(p)
    assert run.status == 128 + signal.SIGTERM and run.result["ok"] is False


def test_a_state_never_reached_times_out_and_says_where_it_is(card):
    run = fake(card, "never", "--timeout", "3")
    assert run.status == 1 and run.result["reached"] == "warm"
    assert 'timeout: "hot" was not reached in 3 s; state: warm' in run.result["error"]
    threads = "\n".join(run.one("threads")["backtrace"])
    assert "fake_thread at" in threads and "fake_personality.c:" in threads
    assert "detach" not in run.result["error"]


def test_a_step_that_returns_late_still_ends_orderly(card):
    run = fake(card, "slow-late", "--timeout", "0.3")
    assert run.status == 1 and "timeout" in run.result["error"]


def test_a_killed_run_leaves_nothing_in_the_way_of_the_next(card, tmp_path):
    """kill -9 at 25 moments, each followed by a clean run at once, on the same sockets."""
    control = str(tmp_path / "ctl")
    for i in range(25):
        p = start(card, "ok", "--cycles", "1000", "--control", control)
        time.sleep(0.002 * i)
        p.kill()
        p.communicate()
        run = fake(card, "ok", "--control", control)
        assert run.status == 0, (i, run.stderr)
    assert not os.path.exists(control)


def test_two_runs_on_one_card_the_second_gets_an_error_that_names_it(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        second = fake(card)
        assert second.status == 1 and card.path in second.result["error"]
        assert p.poll() is None
        c("quit")
        assert finish(p).status == 0


def test_a_card_that_goes_away_ends_the_run_with_the_reason(card, tmp_path):
    with staying(card, tmp_path) as (p, c):
        assert c("wait", state="hot")["ok"] is True
        card.proc.kill()
        run = finish(p)
    assert run.status == 1 and card.path in run.result["error"]


@pytest.mark.parametrize("args,text", [
    (["--until", "foo"], "has no such state; it has: attached, warm, hot"),
    (["--timeout", "0"], "--timeout 0: not a number of seconds"),
    (["--timeout", "nan"], "not a number of seconds"),
    (["--cycles", "-1"], "--cycles -1: not a number"),
    (["--cycles", "2", "--stay"], "exclude each other"),
    (["--dma=odd"], "there is fast, strict and check"),
    (["--dma=check", "--device", "replay:run.rec"], "--dma=check: not with a replay, where no "
     "device reads or writes memory"),
    (["--dma=strict", "--device", "replay:run.rec"], "give it to the run that is recorded"),
    (["--frobnicate"], "--frobnicate: unknown option"),
    (["--trace"], "--trace: needs a value"),
    (["more"], "more: unexpected"),
])
def test_a_wrong_command_line_is_explained(card, args, text):
    # --json first: it must not become the value of an option that lacks one
    cmd = [BUILD / VARIANT / "bin" / "run-fake", "--json", "--device", card.target, *args]
    p = subprocess.run(cmd, capture_output=True, text=True, timeout=200, check=False)
    assert p.returncode == 2 and text in p.stderr
    assert '"event":"result"' in p.stdout.splitlines()[-1]


def test_no_device_is_explained():
    p = subprocess.run([BUILD / VARIANT / "bin" / "run-fake"], capture_output=True, text=True,
                       timeout=200, check=False)
    assert p.returncode == 2 and "--device is missing" in p.stderr


def test_help_lists_the_states():
    p = subprocess.run([BUILD / VARIANT / "bin" / "run-fake", "--help"], capture_output=True,
                       text=True, timeout=200, check=False)
    assert p.returncode == 0 and "attached, warm, hot" in p.stdout


def test_a_socket_that_is_not_there_is_an_error_that_names_it(card, tmp_path):
    run = fake(card, target=f"unix:{tmp_path}/nowhere")
    assert run.status == 1 and f"{tmp_path}/nowhere" in run.result["error"]


def test_firmware_is_looked_for_in_order_and_a_missing_one_says_where(card, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    env = {"FAKE_FIRMWARE": "fake.bin", "VOY_FIRMWARE_PATH": f"{first}:{second}",
           "VOY_CACHE": str(tmp_path / "cache")}
    run = fake(card, "firmware", env=env)
    assert run.status == 1
    for place in (first, second, tmp_path / "cache" / "firmware", "/lib/firmware"):
        assert str(place) in run.result["error"]
    (second / "fake.bin").write_bytes(b"x" * 5000)
    assert fake(card, "firmware", env=env).status == 0
    (second / "fake.bin").unlink()
    (tmp_path / "cache" / "firmware").mkdir(parents=True)
    (tmp_path / "cache" / "firmware" / "fake.bin").write_bytes(b"")
    assert fake(card, "firmware", env=env).status == 0


@pytest.mark.parametrize("name", ["../x", "a/b", ""])
def test_a_firmware_name_with_a_path_is_refused(card, name):
    run = fake(card, "firmware", env={"FAKE_FIRMWARE": name})
    assert run.status == 1 and "is not a file's name" in run.result["error"]


def test_a_firmware_file_that_is_a_folder_is_an_error(card, tmp_path):
    (tmp_path / "fake.bin").mkdir()
    run = fake(card, "firmware", env={"FAKE_FIRMWARE": "fake.bin",
                                      "VOY_FIRMWARE_PATH": str(tmp_path)})
    assert run.status == 1 and "Is a directory" in run.result["error"]
