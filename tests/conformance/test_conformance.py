# SPDX-License-Identifier: BSD-2-Clause
"""The Linux shim does what pdk.h says, and notices a driver that does not."""
import contextlib
import fnmatch
import re
import subprocess

import pytest

import pdk_rules
from voyageur.errors import VoyError

VARIANTS = ["gcc", "clang", "asan", "tsan"]


def built(variant):
    """Skip when the variant has not been built."""
    path = pdk_rules.ROOT / "build" / variant / "bin/run-conform"
    if not path.exists():
        pytest.skip(f"run-conform is not built with {variant} (ninja {variant})")


def tap(run):
    """The TAP lines that the driver printed."""
    return [e["text"] for e in run.events if e["event"] == "log"
            and re.match(r"(not )?ok \d|1\.\.\d", e.get("text", ""))]


@pytest.mark.parametrize("dma", ["fast", "strict"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_call_does_what_the_contract_says(driver, variant, dma, tmp_path):
    """The conformance driver passes all its tests; sanitizers have nothing to say."""
    built(variant)
    (tmp_path / "voyageur-conform.fw").write_bytes(b"conform")
    run, result = driver.run("conform", variant=variant, dma=dma,
                             env={"VOY_FIRMWARE_PATH": str(tmp_path)})
    lines = tap(run)
    assert result["ok"], result
    assert [line for line in lines if line.startswith("not ok")] == []
    assert lines[-1] == f"1..{len(lines) - 1}"
    assert len(lines) > 150
    assert "Sanitizer" not in run.stderr()


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_kind_of_interrupt_there_is(driver, variant):
    """A simulated edu with MSI-X, which QEMU's has not: all that MSI can, and several vectors."""
    built(variant)
    run, result = driver.run("conform", on="sim", settings={"msix": 4}, variant=variant,
                             suspend=1)
    lines = tap(run)
    assert result["ok"] and not [line for line in lines if line.startswith("not ok")], lines
    assert any(line.endswith("each has handlers of its own") for line in lines)
    assert {k for e in run.events for k in ("INTx", "MSI", "MSI-X")
            if e.get("text") == f"# {k}"} == {"INTx", "MSI", "MSI-X"}
    assert not run.violations()


def test_the_radio_is_reported(driver):
    """What pdk80211_attach() was given are facts of the run."""
    run, result = driver.run("conform")
    assert result["mac"] == "02:00:5e:00:53:01"
    assert result["channels"] == "3"
    assert result["bands"] == "2.4 GHz 2 channels, 5 GHz 1 channels"
    assert result["reached"] == "restarted"


def test_firmware_that_is_there_is_read(driver, tmp_path, voy_target):
    """The conformance driver gets its own file when somebody supplies it."""
    if voy_target == "lab":
        pytest.skip("needs a file in this machine's file system")
    (tmp_path / "voyageur-conform.fw").write_bytes(b"conform")
    run, result = driver.run("conform", env={"VOY_FIRMWARE_PATH": str(tmp_path)})
    assert result["ok"]
    assert any(re.match(r"ok \d+ - firmware is read$", line) for line in tap(run))


def test_ten_lives_in_one_process(driver):
    """Attach to detach again and again leaves nothing behind."""
    run, result = driver.run("conform", cycles=10, variant="asan"
                             if (pdk_rules.ROOT / "build/asan/bin/run-conform").exists() else "gcc")
    assert result["ok"], result


# ---- broken drivers --------------------------------------------------------------------

# case: (rule in rules.def, what the text says of this case).  The function that is to
# blame is case_NAME, unless a third item names what else the text has to name.
BROKEN = {
    "lock_twice": ("pdk_lock", "with the lock held, which was taken at case_lock_twice"),
    "lock_in_timer": ("pdk_lock", "in TIMER"),
    "lock_in_filter": ("pdk_lock", "in FILTER"),
    "unlock_unlocked": ("pdk_unlock", "without the lock"),
    "unlock_in_timer": ("pdk_unlock", "in TIMER"),
    "assert_locked": ("pdk_assert_locked", "without the lock"),
    "assert_unlocked": ("pdk_assert_unlocked", "with the lock held"),
    "wait_unlocked": ("pdk_wait", "in WORKER without the lock"),
    "wait_in_bh": ("pdk_wait", "in BH; it may be called in WORKER"),
    "wait_in_timer": ("pdk_wait", "in TIMER; it may be called in WORKER"),
    "wait_in_config": ("pdk_wait", "in CONFIG; it may be called in WORKER"),
    "wake_unlocked": ("pdk_wake", "without the lock"),
    "timer_never_prepared": ("pdk_timer_init", "has not prepared"),
    "timer_prepared_armed": ("pdk_timer_init", "is prepared again; it was armed at"),
    "timer_arm_unlocked": ("pdk_timer_arm", "without the lock"),
    "timer_stop_unlocked": ("pdk_timer_stop", "without the lock"),
    "timer_drain_locked": ("pdk_timer_drain", "with the lock held"),
    "timer_drain_in_timer": ("pdk_timer_drain", "in TIMER"),
    "task_never_prepared": ("pdk_task_init", "has not prepared"),
    "task_prepared_queued": ("pdk_task_init", "is prepared again; it was posted at"),
    "task_post_unlocked": ("pdk_task_post", "without the lock"),
    "task_cancel_unlocked": ("pdk_task_cancel", "without the lock"),
    "drain_in_worker": ("pdk_worker_drain", "in WORKER; it may be called in CONFIG"),
    "drain_locked": ("pdk_worker_drain", "with the lock held"),
    "call_in_bh": ("pdk_call", "in BH"),
    "call_locked": ("pdk_call", "with the lock held"),
    "bh_leaves_locked": ("rule_leave_unlocked",
                         r"broken_bh \(broken.c:", "taken at case_bh_leaves_locked"),
    "task_leaves_locked": ("rule_leave_unlocked",
                           r"broken_task \(broken.c:", "taken at case_task_leaves_locked"),
    "attach_leaves_locked": ("rule_leave_unlocked",
                             "returned from CONFIG", "taken at case_attach_leaves_locked"),
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
    "dma_alloc_in_bh": ("pdk_dma_alloc", "in BH"),
    "dma_alloc_locked": ("pdk_dma_alloc", "with the lock held"),
    "dma_alloc_again": ("pdk_dma_alloc", "allocated already"),
    "dma_free_copy": ("pdk_dma_free", "was freed already, at case_dma_free_copy"),
    "dma_free_in_bh": ("pdk_dma_free", "in BH"),
    "dma_sync_beyond": ("pdk_dma_sync", r"\[0xfa0, \+0x61\) of an object of 0x1000 bytes"),
    "dma_sync_mixed": ("pdk_dma_sync", "op 0x6"),
    "dma_sync_freed": ("pdk_dma_sync", "was freed at case_dma_sync_freed"),
    "dma_sync_empty": ("pdk_dma_sync", "not allocated"),
    "map_create_locked": ("pdk_map_create", "with the lock held"),
    "map_create_again": ("pdk_map_create", "exists already"),
    "map_destroy_loaded": ("pdk_map_destroy", "is loaded, since case_map_destroy_loaded"),
    "map_load_no_header": ("pdk_map_load_mbuf", "without M_PKTHDR"),
    "map_load_wrong_length": ("pdk_map_load_mbuf", "m_pkthdr.len is 2048"),
    "map_load_outside_buffer": ("pdk_map_load_mbuf", "not within its 4096 bytes"),
    "map_load_not_created": ("pdk_map_load_mbuf", "was not created"),
    "mbuf_freed_while_loaded": ("pdk_map_load_mbuf", "freed while it is loaded"),
    "map_unload_twice": ("pdk_map_unload", "was unloaded at case_map_unload_twice"),
    "map_sync_before_load": ("pdk_map_sync", "never loaded"),
    "map_sync_wrong_way": ("pdk_map_sync", "loaded with `write`"),
    "map_sync_post_first": ("pdk_map_sync", "no PRE before it"),
    "map_used_after_unload": ("pdk_map_segs", "was unloaded at case_map_used_after_unload"),
    "map_segment_beyond": ("pdk_map_segs", "segment 1 of 1"),
    "map_used_after_destroy": ("pdk_map_segs", "was not created"),
    "mbuf_in_filter": ("pdk_mbuf_rxalloc", "in FILTER"),
    "mbuf_freed_twice": ("m_free", "was freed already, at case_mbuf_freed_twice"),
    "mbuf_copy_beyond": ("m_copydata", "4 bytes beyond the end"),
    "pci_read_in_filter": ("pdk_pci_read", "in FILTER"),
    "pci_write_unaligned": ("pdk_pci_write", "register 0x6"),
    "find_cap_in_filter": ("pdk_pci_find_cap", "in FILTER"),
    "map_bar_in_worker": ("pdk_pci_map_bar", "in WORKER; it may be called in CONFIG"),
    "unmap_bar_not_mapped": ("pdk_pci_unmap_bar", "BAR 1 is not mapped"),
    "bar_used_after_unmap": ("pdk_pci_map_bar", "bus_space_read_4"),
    "intr_alloc_in_bh": ("pdk_intr_alloc", "in BH"),
    "intr_establish_locked": ("pdk_intr_establish", "with the lock held"),
    "intr_disestablish_in_bh": ("pdk_intr_disestablish", "in BH"),
    "filter_returns_nonsense": ("rule_filter_result", "returned 7", "broken_filter"),
    "alloc_in_filter": ("pdk_zalloc", "in FILTER"),
    "alloc_nothing": ("pdk_zalloc", "of 0 bytes"),
    "alloc_waitok_in_bh": ("pdk_zalloc_waitok", r"pdk_zalloc\(PDK_WAITOK\) called in BH"),
    "alloc_waitok_locked": ("pdk_zalloc_waitok", "with the lock held"),
    "free_wrong_size": ("pdk_free", r"with size \d+ of \d+ bytes, allocated at case_free"),
    "free_twice": ("pdk_free", "was freed at case_free_twice"),
    "free_timer_armed": ("pdk_free", "a timer that is armed is freed"),
    "free_task_queued": ("pdk_free", "a task that is queued is freed"),
    "firmware_in_config": ("pdk_firmware_get", "in CONFIG"),
    "firmware_put_unknown": ("pdk_firmware_put", "was not got"),
    "printf_in_filter": ("pdk_printf", "in FILTER"),
    "state_unknown": ("pdk_state", "\"dreaming\" is not in the states of driver broken"),
    "info_in_filter": ("pdk_info", "in FILTER"),
    "fail_in_filter": ("pdk_fail", "in FILTER"),
    "assertion": ("rule_assert", "case_assertion .*: sc->sc_done == 17"),
    "attach_leaves_memory_behind": ("rule_attach_undone", "left 1 object", ""),
    "wifi_attach_in_config": ("pdk80211_attach", "in CONFIG"),
    "wifi_detach_in_worker": ("pdk80211_detach", "in WORKER"),
    "wifi_rx_in_timer": ("pdk80211_rx", "in TIMER"),
    "wifi_rx_locked": ("pdk80211_upcall", "pdk80211_rx.* with the lock held"),
    "wifi_tx_done_in_config": ("pdk80211_tx_done", "in CONFIG"),
    "wifi_scan_done_locked": ("pdk80211_upcall", "with the lock held"),
    "wifi_restart_unattached": ("pdk80211_upcall", r"without pdk80211_attach\(\)"),
    "wifi_left_attached": ("rule_give_back", r"without pdk80211_detach\(\)", ""),
}


def run_broken(driver, case, variant="gcc"):
    """The run of one broken driver, and its result."""
    how = {"model": "edu", "variant": variant, "env": {"VOY_BROKEN_CASE": case}}
    program = str(pdk_rules.ROOT / "build" / variant / "bin/run-broken")
    if case not in ASLEEP:
        return driver.run(program, **how)
    run = driver.start(program, stay=True, **how)
    run.wait("unnoticed")
    for request in ("suspend", "resume"):
        with contextlib.suppress(VoyError):     # it ends without an answer
            run.control(request)
    return run, run.result()


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_stops_the_run(driver, case):
    """The run fails with the rule, what broke it, and a backtrace that names the function."""
    rule, says, *names = BROKEN[case]
    run, result = run_broken(driver, case)
    assert not result["ok"] and run.status not in (0, None)
    violation, = [e for e in run.events if e["event"] == "violation"]
    assert violation["rule"] == pdk_rules.load()[rule]
    assert re.search(says, violation["text"])
    if names:
        assert names[0] in violation["text"]
    else:
        assert any(f"case_{case} " in line for line in violation["backtrace"])
    assert violation["rule"] in run.stderr()


# They go wrong when they are asked to suspend or resume.
ASLEEP = {"timer_armed_asleep", "task_queued_asleep", "suspend_leaves_locked",
          "resume_leaves_locked"}

LEAKS = {
    "leak_memory": "24 bytes of memory",
    "leak_dma": "DMA object of 4096 bytes",
    "leak_map": "map of 4096 bytes",
    "leak_mbuf": "mbuf of 4096 bytes",
    "leak_interrupt": "1 interrupt vector",
    "attach_leaves_memory_behind": "24 bytes of memory",
}


@pytest.mark.parametrize("case", LEAKS)
def test_what_is_not_given_back_is_named(driver, case):
    """The run fails, and says what was left and which function had allocated it."""
    run, result = run_broken(driver, case)
    assert not result["ok"] and run.status not in (0, None)
    text, = [e["text"] for e in run.events if e["event"] == "log"
             and "not given back" in e["text"]]
    assert LEAKS[case] in text
    assert f"from case_{case} (broken_" in text


def test_every_rule_is_broken_once():
    """No rule of the shim is without a driver that breaks it."""
    assert set(pdk_rules.load()) - {rule for rule, *_ in BROKEN.values()} == set()


def test_every_case_is_run():
    """No broken driver is without its test."""
    folder = pdk_rules.ROOT / "tests/conformance"
    source = "".join(p.read_text() for p in folder.glob("broken_*.c"))
    assert set(re.findall(r"CASE\(IN_\w+, (\w+)\)", source)) == \
        set(BROKEN) | set(LEAKS) | \
        {"lock_held_for_ever", "waits_for_ever"}


@pytest.mark.parametrize("name,text", pdk_rules.load().items(), ids=list(pdk_rules.load()))
def test_a_rule_is_quoted_from_the_contract(name, text):
    """What the shim says is what pdk.h and pdk80211.h say, word for word."""
    assert text in pdk_rules.contract()


@pytest.mark.parametrize("variant", ["asan", "tsan"])
def test_a_violation_is_the_same_under_sanitizers(driver, variant):
    """They do not come first, nor hide it."""
    built(variant)
    run, result = run_broken(driver, "free_twice", variant)
    violation, = [e for e in run.events if e["event"] == "violation"]
    assert violation["rule"] == pdk_rules.load()["pdk_free"]
    assert not result["ok"]


# ---- what a driver sees of the system ----------------------------------------------------

def allowed():
    """The patterns of pdk.syms."""
    lines = (pdk_rules.ROOT / "shims/linux/pdk.syms").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_the_conformance_driver_is_pure_pdk():
    """So that a BSD can build it: nothing is undefined but what the pdk has."""
    folder = pdk_rules.ROOT / "build/gcc/obj/tests/conformance"
    objects = sorted(folder.glob("conf*.o"))
    assert len(objects) == 10

    def names(what):
        out = subprocess.run(["nm", "-P", what, *objects], capture_output=True, text=True,
                             check=True).stdout
        return {line.split()[0] for line in out.splitlines() if len(line.split()) > 1}

    foreign = {name for name in names("--undefined-only") - names("--defined-only")
               if not any(fnmatch.fnmatchcase(name, p) for p in allowed())}
    assert foreign == set()


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
    for header in ("pdk.h", "pdk80211.h"):
        ok, text = compiles(f"#include <{header}>\n" * 2, "-Wall", "-Wextra", "-Werror")
        assert ok, text
