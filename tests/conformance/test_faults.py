# SPDX-License-Identifier: BSD-2-Clause
"""Whatever call of the pdk fails, a driver gives back what it has, and ends in order.

VOY_FAULT=CALL:N makes the Nth call fail (shims/linux/fault.c).  A run may fail by it, or be
ok; it may not break a rule, crash, hang or leak, and its card may not see a wrong use.
"""
import pytest

CALLS = ["pdk_pci_map_bar", "pdk_intr_alloc", "pdk_wait", "pdk_zalloc", "pdk_firmware_get",
         "pdk_dma_alloc", "pdk_map_create", "pdk_map_load_mbuf", "pdk_mbuf_rxalloc",
         "pdk80211_attach"]
UNTIL = {"iwm": "alive", "em": "link"}
# Of em's calls: the first of each kind, the last, and one that never comes.
EM = {"pdk_pci_map_bar": (1, 2), "pdk_intr_alloc": (1, 2), "pdk_wait": (1,), "pdk_zalloc": (1, 5),
      "pdk_dma_alloc": (1, 2, 3), "pdk_map_create": (1, 257, 258, 514, 515),
      "pdk_map_load_mbuf": (1, 2, 256), "pdk_mbuf_rxalloc": (1, 2, 256), "pdknet_attach": (1, 2)}
# Of the calls of a driver that has many; walking through all of them takes minutes.
SOME = (1, 2, 3, 5, 9, 17, 33, 65, 129, 257)


def fault(driver, name, call, nth):
    """One run with one fault; False when the fault never came."""
    run, result = driver.run(name, timeout=100, until=UNTIL.get(name),
                             env={"VOY_FAULT": f"{call}:{nth}"})
    texts = [e.get("text", "") for e in run.events]
    came = any(f"call {nth} of {call} fails" in t for t in texts)
    never = any(f"call {nth} never came" in t for t in texts)
    assert came != never, texts
    bad = [e for e in run.events if e["event"] in ("violation", "crash")]
    assert bad == []
    assert not any("not given back" in t or "leak" in t for t in texts), texts
    if never:
        assert result["ok"], result
    elif not result["ok"]:
        assert result["error"] and "no answer" not in result["error"]
    return came


@pytest.mark.parametrize("call", CALLS)
def test_edu_survives_each_failure(driver, call):
    """All calls, one after the other."""
    nth = 1
    while fault(driver, "edu", call, nth):
        nth += 1
        assert nth < 100


@pytest.mark.slow
@pytest.mark.deadline(600)
@pytest.mark.parametrize("call", CALLS)
def test_iwm_survives_each_failure(driver, firmware, call):
    """A sample of calls, the first of each kind among them."""
    came = []
    for nth in range(1, 100) if call == "pdk_zalloc" else SOME:
        came.append(fault(driver, "iwm", call, nth))
        if not came[-1]:
            break
    if call != "pdk_zalloc":            # it may do with PDK_WAITOK alone
        assert came[0]


@pytest.mark.parametrize("call", EM)
def test_em_survives_each_failure(driver, call):
    """Its rings' memory, its maps and buffers, its interrupts, its interface."""
    came = [fault(driver, "em", call, nth) for nth in EM[call]]
    assert came[0] or call in ("pdk_wait", "pdk_zalloc")     # it need not wait; WAITOK is waited for


@pytest.mark.parametrize("nth", (1, 2, 3, 7, 12, 13, 14))
def test_memory_that_is_waited_for_comes(driver, nth):
    """PDK_WAITOK never gives NULL, also when there was none at first; the driver would fail."""
    assert fault(driver, "conform", "pdk_zalloc", nth) == (nth <= 13)


@pytest.mark.parametrize("text", ["pdk_lock:1", "pdk_dma_alloc", "pdk_dma_alloc:0", "x:1"])
def test_a_fault_that_cannot_be_is_refused(driver, text):
    """With the variable's name and what it should look like."""
    run, result = driver.run("edu", env={"VOY_FAULT": text})
    assert not result["ok"]
    assert f"VOY_FAULT={text}" in run.stderr() and "CALL:N" in run.stderr()
