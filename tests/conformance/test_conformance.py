# SPDX-License-Identifier: BSD-2-Clause
"""The Linux shim does what pdk.h says, and notices a driver that does not."""
import contextlib
import re
import subprocess

import pytest

import pdk_rules
import suite
import test_contexts
from test_control import ask_until
from voyageur import paths
from voyageur.errors import VoyError

# test_suite.py has gcc's.
VARIANT = "clang" if paths.VARIANT == "gcc" else paths.VARIANT


def built(variant):
    """Skip when the variant has not been built."""
    path = pdk_rules.ROOT / "build" / variant / "bin/run-conform"
    if not path.exists():
        pytest.skip(f"run-conform is not built with {variant} (ninja {variant})")


@pytest.mark.parametrize("settings,dma", [({}, "fast"), ({"msix": 4}, "fast"), ({}, "check")],
                         ids=["msi", "msix", "check"])
def test_every_call_does_what_the_contract_says(driver, settings, dma):
    """The conformance driver, whose checks test_suite.py shows one by one; sanitizers are silent."""
    built(VARIANT)
    run, result = driver.run("conform", on="sim", variant=VARIANT, settings=settings, dma=dma,
                             suspend=1)
    documents = suite.documents(run)
    assert result["ok"], result
    assert sorted(documents) == ["attach", "detach", "radio", "sleep"]
    assert {title: d.failed() for title, d in documents.items() if d.failed()} == {}
    assert not run.violations() and "Sanitizer" not in run.stderr()


def test_the_radio_is_reported(driver):
    """What pdk80211_attach() was given are facts of the run."""
    run, result = driver.run("conform")
    assert result["mac"] == "02:00:5e:00:53:01"
    assert result["channels"] == "3"
    assert result["bands"] == "2.4 GHz 2 channels, 5 GHz 1 channels"
    assert result["reached"] == "restarted"


def test_ten_lives_in_one_process(driver):
    """Attach to detach again and again leaves nothing behind."""
    run, result = driver.run("conform", cycles=10)
    assert result["ok"], result
    assert [d.failed() for d in suite.all_documents(run)] == [{}] * 30


# ---- broken drivers --------------------------------------------------------------------

# case: (rule in rules.def, what the text says of this case).  The function that is to
# blame is case_NAME, unless a third item names what else the text has to name.
BROKEN = {
    "lock_twice": ("pdk_lock", "with the lock held, which was taken at case_lock_twice"),
    "timer_never_prepared": ("pdk_timer_init", "has not prepared"),
    "timer_prepared_armed": ("pdk_timer_init", "is prepared again; it was armed at"),
    "task_never_prepared": ("pdk_task_init", "has not prepared"),
    "task_prepared_queued": ("pdk_task_init", "is prepared again; it was posted at"),
    "bh_leaves_locked": ("rule_leave_unlocked",
                         r"broken_bh \(broken.c:", "taken at case_bh_leaves_locked"),
    "task_leaves_locked": ("rule_leave_unlocked",
                           r"broken_task \(broken.c:", "taken at case_task_leaves_locked"),
    "attach_leaves_locked": ("rule_leave_unlocked",
                             "returned from CONFIG", "taken at case_attach_leaves_locked"),
    "timer_stop_never_prepared": ("pdk_timer_init", "has not prepared"),
    "timer_drain_never_prepared": ("pdk_timer_init", "has not prepared"),
    "task_cancel_never_prepared": ("pdk_task_init", "has not prepared"),
    "attach_late_leaves_locked": ("rule_leave_unlocked",
                                  r"broken_attach_late \(broken.c:.* returned from WORKER",
                                  "taken at case_attach_late_leaves_locked"),
    "detach_leaves_locked": ("rule_leave_unlocked",
                             r"broken_detach \(broken.c:.* returned from CONFIG",
                             "taken at case_detach_leaves_locked"),
    "call_leaves_locked": ("rule_leave_unlocked",
                           r"keeps_lock \(broken_sync.c:.* returned from WORKER",
                           "taken at keeps_lock"),
    "up_leaves_locked": ("rule_leave_unlocked", r"^.*: up_and_lock \(", "taken at up_and_lock"),
    "down_leaves_locked": ("rule_leave_unlocked", r"^.*: down_and_lock \(",
                           "taken at down_and_lock"),
    "timer_armed_by_failed_attach": ("rule_give_back", "after a failed attach a timer is armed",
                                     "armed at case_timer_armed_by_failed_attach"),
    "timer_armed_after_detach": ("rule_give_back", "a timer is armed",
                                 "armed at case_timer_armed_after_detach"),
    "task_queued_after_detach": ("rule_give_back",
                                 "a task is queued|the task broken_task .* runs", ""),
    "timer_armed_asleep": ("rule_suspended", "after suspend a timer is armed",
                           "armed at case_timer_armed_asleep"),
    "task_queued_asleep": ("rule_suspended",
                           "after suspend (a task is queued|the task broken_task .* runs)", ""),
    "suspend_leaves_locked": ("rule_leave_unlocked", r"broken_suspend \(broken.c:",
                              "taken at case_suspend_leaves_locked"),
    "resume_leaves_locked": ("rule_leave_unlocked", r"broken_resume \(broken.c:",
                             "taken at case_resume_leaves_locked"),
    "attach_returns_negative": ("rule_errno", r"broken_attach \(broken.c:\d+\) returned -6$", ""),
    "attach_late_returns_negative": ("rule_errno", r"broken_attach_late \(.* returned -5$", ""),
    "detach_returns_negative": ("rule_errno", r"broken_detach \(broken.c:\d+\) returned -16$", ""),
    "suspend_returns_negative": ("rule_errno", r"broken_suspend \(.* returned -11$", ""),
    "fails_with_negative": ("rule_errno", r"pdk_fail\(\) with error -5$"),
    "dma_alloc_again": ("pdk_dma_alloc", "allocated already"),
    "dma_free_copy": ("pdk_dma_free", "was freed already, at case_dma_free_copy"),
    "dma_sync_beyond": ("pdk_dma_sync", r"\[0xfa0, \+0x61\) of an object of 0x1000 bytes"),
    "dma_sync_mixed": ("pdk_dma_sync", "op 0x6"),
    "dma_sync_freed": ("pdk_dma_sync", "was freed at case_dma_sync_freed"),
    "dma_sync_empty": ("pdk_dma_sync", "not allocated"),
    "dma_free_unknown": ("pdk_dma_free", "was never allocated"),
    "dma_sync_overflow": ("pdk_dma_sync", r"of an object of 0x1000 bytes"),
    "dma_sync_no_op": ("pdk_dma_sync", "op 0"),
    "dma_sync_unknown_op": ("pdk_dma_sync", "op 0x10"),
    "map_create_again": ("pdk_map_create", "exists already"),
    "map_destroy_loaded": ("pdk_map_destroy", "is loaded, since case_map_destroy_loaded"),
    "map_destroy_copy": ("pdk_map_destroy", "was destroyed already, at case_map_destroy_copy"),
    "map_destroy_unknown": ("pdk_map_destroy", "was never created"),
    "map_copy_after_destroy": ("pdk_map_sync", "was destroyed"),
    "map_load_empty": ("pdk_map_load_mbuf", "m_pkthdr.len is 0, the sum of m_len is 0"),
    "map_load_negative": ("pdk_map_load_mbuf", "m_len -1 at offset 0, is not within"),
    "map_load_freed": ("pdk_map_load_mbuf", "was freed at case_map_load_freed"),
    "map_load_no_header": ("pdk_map_load_mbuf", "without M_PKTHDR"),
    "map_load_wrong_length": ("pdk_map_load_mbuf", "m_pkthdr.len is 2048"),
    "map_load_outside_buffer": ("pdk_map_load_mbuf", "not within its 4096 bytes"),
    "map_load_not_created": ("pdk_map_load_mbuf", "was not created"),
    "mbuf_freed_while_loaded": ("pdk_map_load_mbuf", "freed while it is loaded"),
    "mbuf_freed_in_second_map": ("pdk_map_load_mbuf", "freed while it is loaded"),
    "map_unload_never_loaded": ("pdk_map_unload", "never loaded"),
    "map_sync_both_ways": ("pdk_map_sync", "loaded with `write`"),
    "map_segment_negative": ("pdk_map_segs", "segment -1 of 1"),
    "map_unload_twice": ("pdk_map_unload", "was unloaded at case_map_unload_twice"),
    "map_sync_before_load": ("pdk_map_sync", "never loaded"),
    "map_sync_wrong_way": ("pdk_map_sync", "loaded with `write`"),
    "map_sync_post_first": ("pdk_map_sync", "no PRE before it"),
    "map_used_after_unload": ("pdk_map_segs", "was unloaded at case_map_used_after_unload"),
    "map_segment_beyond": ("pdk_map_segs", "segment 1 of 1"),
    "map_used_after_destroy": ("pdk_map_segs", "was not created"),
    "mbuf_freed_twice": ("m_free", "was freed already, at case_mbuf_freed_twice"),
    "mbuf_copy_beyond": ("m_copydata", "4 bytes beyond the end"),
    "pci_write_unaligned": ("pdk_pci_write", "register 0x6"),
    "pci_read_beyond": ("pdk_pci_read", "register 0x1000"),
    "pci_write_negative": ("pdk_pci_write", "register 0xfffffffc"),
    "unmap_bar_beyond": ("pdk_pci_unmap_bar", "BAR 6 is not mapped"),
    "bar_written_after_unmap": ("pdk_pci_map_bar", "bus_space_write_2"),
    "barrier_after_unmap": ("pdk_pci_map_bar", "bus_space_barrier"),
    "free_unknown": ("pdk_free", r"memory that pdk_zalloc\(\) did not give"),
    "firmware_put_twice": ("pdk_firmware_put", "put already"),
    "firmware_put_wrong_size": ("pdk_firmware_put", "another size than 8"),
    "unmap_bar_not_mapped": ("pdk_pci_unmap_bar", "BAR 1 is not mapped"),
    "bar_used_after_unmap": ("pdk_pci_map_bar", "bus_space_read_4"),
    "filter_returns_nonsense": ("rule_filter_result", "returned 7", "broken_filter"),
    "alloc_nothing": ("pdk_zalloc", "of 0 bytes"),
    "free_wrong_size": ("pdk_free", r"with size \d+ of \d+ bytes, allocated at case_free"),
    "free_twice": ("pdk_free", "was freed at case_free_twice"),
    "free_timer_armed": ("pdk_free", "a timer that is armed is freed"),
    "free_task_queued": ("pdk_free", "a task that is queued is freed"),
    "firmware_put_unknown": ("pdk_firmware_put", "was not got"),
    "state_unknown": ("pdk_state", "\"dreaming\" is not in the states of driver broken"),
    "assertion": ("rule_assert", "case_assertion .*: sc->sc_done == 17"),
    "attach_leaves_memory_behind": ("rule_attach_undone", "left 1 object", ""),
    "wifi_restart_unattached": ("pdk80211_attach", r"without pdk80211_attach\(\)"),
    "wifi_left_attached": ("rule_give_back", r"without pdk80211_detach\(\)", ""),
    "wifi_rx_beyond": ("pdk80211_rx", r"m_len 5000 at offset 0, is not within its 4096 bytes"),
    "net_rx_beyond": ("pdknet_rx", r"m_len 5000 at offset 0, is not within its 4096 bytes"),
    "net_restart_unattached": ("pdknet_attach", r"without pdknet_attach\(\)"),
    "net_left_attached": ("rule_give_back", r"without pdknet_detach\(\)", ""),
}


def run_broken(driver, case, files, variant=paths.VARIANT):
    """The run of one broken driver, and its result; `files`: a folder for its firmware."""
    (files / "voyageur-conform.fw").write_bytes(b"conform")
    how = {"model": "edu", "variant": variant, "settings": SETTINGS.get(case, {}),
           "env": {"VOY_BROKEN_CASE": case, "VOY_FIRMWARE_PATH": str(files)}}
    program = str(pdk_rules.ROOT / "build" / variant / "bin/run-broken")
    if case not in REQUESTS:
        return driver.run(program, **how)
    run = driver.start(program, stay=True, **how)
    run.wait("unnoticed")
    for request in REQUESTS[case]:
        if request == RADIO_DOWN:
            ask_until(run, lambda a: a["radio"]["up"])
        with contextlib.suppress(VoyError):     # it ends without an answer
            run.control(request)
    return run, run.result()


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_stops_the_run(driver, case, tmp_path):
    """The run fails with the rule, what broke it, and a backtrace that names the function."""
    rule, says, *names = BROKEN[case]
    run, result = run_broken(driver, case, tmp_path)
    assert not result["ok"] and run.status not in (0, None)
    violation, = [e for e in run.events if e["event"] == "violation"]
    assert violation["rule"] == pdk_rules.load()[rule]
    assert re.search(says, violation["text"])
    if names:
        assert names[0] in violation["text"]
    else:
        assert any(f"case_{case} " in line for line in violation["backtrace"])
    assert violation["rule"] in run.stderr()


# What has to be asked for before it goes wrong.
RADIO_DOWN = {"cmd": "radio", "do": "down"}
REQUESTS = {
    "timer_armed_asleep": ["suspend"], "task_queued_asleep": ["suspend"],
    "suspend_leaves_locked": ["suspend"], "resume_leaves_locked": ["suspend", "resume"],
    "suspend_returns_negative": ["suspend"],
    "up_leaves_locked": [], "down_leaves_locked": [RADIO_DOWN],
}
# Of the simulated card: with MSI-X it has a second BAR.
SETTINGS = {"leak_bar": {"msix": 1}}

LEAKS = {
    "leak_memory": "24 bytes of memory",
    "leak_dma": "DMA object of 4096 bytes",
    "leak_map": "map of 4096 bytes",
    "leak_mbuf": "mbuf of 4096 bytes",
    "leak_interrupt": "1 interrupt vector",
    "leak_firmware": "firmware of 7 bytes",
    "leak_bar": "BAR 2, mapped",
    "attach_leaves_memory_behind": "24 bytes of memory",
}


@pytest.mark.parametrize("case", LEAKS)
def test_what_is_not_given_back_is_named(driver, case, tmp_path):
    """The run fails, and says what was left and which function had allocated it."""
    run, result = run_broken(driver, case, tmp_path)
    assert not result["ok"] and run.status not in (0, None)
    text, = [e["text"] for e in run.events if e["event"] == "log"
             and "not given back" in e["text"]]
    assert LEAKS[case] in text
    assert f"from case_{case} (broken_" in text


def test_every_rule_is_broken_once():
    """No rule of the shim is without a driver that breaks it, here or in test_contexts.py."""
    broken = {rule for rule, *_ in BROKEN.values()} | test_contexts.rules()
    assert set(pdk_rules.load()) - broken == set()


def test_every_case_is_run():
    """No broken driver is without its test."""
    folder = pdk_rules.ROOT / "tests/conformance"
    source = "".join(p.read_text() for p in folder.glob("broken_*.c"))
    assert set(re.findall(r"CASE\(IN_\w+, (\w+)\)", source)) == \
        set(BROKEN) | set(LEAKS) | \
        {"lock_held_for_ever", "waits_for_ever", "tx_leaves_locked"}


@pytest.mark.parametrize("name,text", pdk_rules.load().items(), ids=list(pdk_rules.load()))
def test_a_rule_is_quoted_from_the_contract(name, text):
    """What the shim says is what pdk.h, pdk80211.h and pdknet.h say, word for word."""
    assert text in pdk_rules.contract()


def test_a_violation_is_the_same_under_sanitizers(driver, tmp_path):
    """They do not come first, nor hide it."""
    run, result = run_broken(driver, "free_twice", tmp_path)
    violation, = [e for e in run.events if e["event"] == "violation"]
    assert violation["rule"] == pdk_rules.load()["pdk_free"]
    assert not result["ok"]


# ---- what a driver sees of the system ----------------------------------------------------

def compiles(source, *flags):
    """Whether a driver with this source compiles; the compiler's words if not."""
    p = subprocess.run(["gcc", "-std=gnu11", "-Werror=implicit-function-declaration",
                        "-fsyntax-only", f"-I{pdk_rules.ROOT}/shims/include",
                        f"-I{pdk_rules.ROOT}/shims/linux", *flags, "-x", "c", "-"],
                       input=source, capture_output=True, text=True, check=False)
    return p.returncode == 0, p.stderr


@pytest.mark.parametrize("call", ["malloc(1)", "printf(\"x\")", "open(\"x\", 0)", "usleep(1)",
                                  "pthread_self()", "getenv(\"x\")", "snprintf(0, 0, \"x\")"])
def test_the_c_library_is_not_open_to_a_driver(call):
    """Through <pdk.h> comes no declaration of it."""
    ok, text = compiles(f"#include <pdk80211.h>\nvoid f(void);\nvoid f(void) {{ (void){call}; }}\n",
                        "-fno-builtin")
    assert not ok and "implicit declaration" in text


def test_the_headers_stand_alone():
    """Each header of the contract, alone and twice."""
    for header in ("pdk.h", "pdk80211.h", "pdknet.h"):
        ok, text = compiles(f"#include <{header}>\n" * 2, "-Wall", "-Wextra", "-Werror")
        assert ok, text
