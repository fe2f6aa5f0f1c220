# SPDX-License-Identifier: BSD-2-Clause
"""The pytest plugin, as somebody else's repository would use it."""
import pathlib

import pytest

pytest_plugins = ["pytester"]
TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def other(pytester, monkeypatch):
    """A repository of somebody's; other(source, option...) runs pytest there."""
    monkeypatch.setenv("PYTHONPATH", str(TOOLS))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(source, *options):
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-p", "voyageur.pytest_voyageur", *options,
                                             timeout=250)
    return run


def test_a_hanging_test_fails_by_its_deadline(other):
    """And the next one runs."""
    r = other("""
        import time, pytest
        @pytest.mark.deadline(2)
        def test_hangs(): time.sleep(600)
        def test_next(): pass
    """)
    r.assert_outcomes(failed=1, passed=1)
    r.stdout.fnmatch_lines(["*the test did not end within 2 s*"])


def test_a_hanging_test_beside_the_main_thread_ends_its_worker(other):
    """There Python takes no signals; the next one runs in another worker."""
    r = other("""
        import threading, time, pytest
        from voyageur.pytest_limit import limit

        def beside(inner, seconds):
            def body():
                with limit("the outer block", 600):
                    with limit("the inner block", inner):
                        time.sleep(seconds)
            t = threading.Thread(target=body)
            t.start()
            t.join()
        def test_ends(): beside(200, 0)
        def test_hangs(): beside(2, 600)
        def test_next(): pass
    """, "-n1")
    r.assert_outcomes(failed=1, passed=2)
    r.stdout.fnmatch_lines(["*crashed while running*test_hangs*"])


def test_what_failed_before_it_passed_is_shown_whole(other):
    """CI runs a failed test once more; its failure and the driver's words are not lost."""
    pytest.importorskip("pytest_rerunfailures")
    r = other("""
        import pathlib
        def test_second_time(driver):
            run, _ = driver.run("edu", on="sim", until="running")
            mark = pathlib.Path("mark")
            if not mark.exists():
                mark.write_text("")
                assert run.reached == "the moon"
        def test_never(): assert 0
    """, "--reruns", "1", "-rR")
    r.assert_outcomes(passed=1, failed=1)
    r.stdout.fnmatch_lines(["*failed, and ran again: *test_second_time*", "*the moon*",
                            "*edu events*", "*1 failed, 1 passed, 2 rerun*"])


def test_a_guest_that_fails_shows_what_was_said_in_it(other):
    """The command's last lines and the kernel's."""
    r = other("""
        from lab import LabError
        def test_guest(): raise LabError("lab: too slow", "[ 1.0] Oops", "about to ping")
    """)
    r.assert_outcomes(failed=1)
    r.stdout.fnmatch_lines(["*lab: too slow*", "*guest's command*", "about to ping",
                            "*guest's kernel*", "*Oops"])


def test_a_process_left_behind_fails_the_session(other):
    """All tests passed, and still it is a failure, with the process named."""
    r = other("""
        import subprocess, time
        def test_leaves():
            subprocess.Popen(["sleep", "60"])
            time.sleep(0.5)     # until it has become sleep
    """)
    r.assert_outcomes(passed=1)
    assert r.ret == 1
    r.stdout.fnmatch_lines(["left behind: process *sleep 60"])


def test_skips_say_why(other):
    """A real card and a simulated card's settings."""
    r = other("""
        import pytest
        @pytest.mark.hil
        def test_card(): pass
    """, "-rs")
    r.assert_outcomes(skipped=1)
    r.stdout.fnmatch_lines(["*needs a real card*--on*"])


def test_a_wrong_target_is_wrong_usage(other):
    """Before any test."""
    r = other("def test_x(): pass", "--on", "mars")
    assert r.ret == pytest.ExitCode.USAGE_ERROR
    r.stderr.fnmatch_lines(["*--on mars: not a target*"])


def test_a_driver_runs_and_its_result_is_judged(other):
    """The first test that somebody writes."""
    other("""
        def test_edu(driver):
            run, result = driver.run("edu")
            assert result["ok"] and run.reached == "tested" and not run.violations()
            assert run.events[-1]["event"] == "result"
    """).assert_outcomes(passed=1)


@pytest.mark.parametrize("options,failed", [((), 0), (("--dma", "check"), 1)])
def test_all_drivers_may_run_under_the_dma_checker(other, options, failed):
    """A ring that is read without POSTREAD: no test finds that on a PC without."""
    program = TOOLS.parent / "build/gcc/bin/run-gallery-dma"
    other(f"""
        def test_ring(driver):
            run, result = driver.run("{program}", model="edu", env={{"VOY_BUG":
                                     "ring_postread_missing"}})
            assert result["ok"], result["error"]
    """, *options).assert_outcomes(passed=1 - failed, failed=failed)


def test_a_failed_test_shows_events_and_stderr(other):
    """What one wants to know first."""
    r = other("""
        def test_edu(driver):
            driver.run("edu")
            assert False
    """)
    r.assert_outcomes(failed=1)
    r.stdout.fnmatch_lines(["*edu events*", "*'event': 'state'*"])


def test_waiting_for_what_does_not_come_fails_with_the_reason(other):
    """A run that ends first, and one that takes too long."""
    r = other("""
        def test_ends(driver):
            driver.start("edu").wait("flying")
        def test_takes_long(driver):
            driver.start("edu", stay=True).wait("flying", timeout=1)
    """)
    r.assert_outcomes(failed=2)
    r.stdout.fnmatch_lines(["*ended*before flying*", "*no flying within 1 s*"])


def test_a_test_that_forgets_its_driver_leaves_nothing(other):
    """The fixture ends it, the session's check finds nothing."""
    r = other("""
        def test_forgets(driver):
            driver.start("edu", stay=True).wait("attached")
    """)
    r.assert_outcomes(passed=1)
    assert r.ret == 0


def test_faults_are_injected_while_it_runs(other):
    """By the simulated card's control socket."""
    other("""
        def test_gone(driver):
            run = driver.start("edu", stay=True)
            run.wait("tested")
            run.inject("fault.gone_after", 0)
            assert run.card_status()["ok"]
            run.stop()
    """).assert_outcomes(passed=1)


def test_control_and_trace_of_a_live_run(other):
    """The harness answers while the driver is up."""
    other("""
        def test_live(driver):
            run = driver.start("edu", stay=True)
            run.wait("tested")
            assert run.control("status")["ok"]
            assert run.trace()
            assert run.stop()["ok"]
            assert run.trace()
    """).assert_outcomes(passed=1)


def test_a_killed_harness_is_a_failed_result(other):
    """Without hang."""
    other("""
        def test_kill(driver):
            run = driver.start("edu", stay=True)
            run.wait("attached")
            run.kill()
            result = run.result()
            assert not result["ok"] and "SIGKILL" in result["error"]
    """).assert_outcomes(passed=1)


def test_cards_without_a_driver(other):
    """For a client of one's own."""
    other("""
        import os, stat
        def test_card(sim):
            card = sim("edu")
            assert stat.S_IMODE(os.stat(card.socket).st_mode) == 0o600
            card.stop()
            assert card.child.status == 0
    """).assert_outcomes(passed=1)


def test_what_a_worker_leaves_fails_the_session_too(other):
    """pytest-xdist runs tests in processes of its own."""
    pytest.importorskip("xdist")
    r = other("""
        import subprocess, time
        def test_leaves():
            subprocess.Popen(["sleep", "60"])
            time.sleep(0.5)
        def test_leaves_nothing(): pass
    """, "-n", "2")
    r.assert_outcomes(passed=2)
    assert r.ret == 1
    r.stdout.fnmatch_lines(["left behind: process *sleep 60"])
