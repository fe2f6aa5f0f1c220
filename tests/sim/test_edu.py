# SPDX-License-Identifier: BSD-2-Clause
"""The edu driver on a device that fails: the result says what is wrong, the run ends in order."""
import pytest

# Points of attach and of the tests; those at which an interrupt is waited for in vain take
# two seconds each, so the runs are side by side.
POINTS = [*range(0, 12), 18, 21, 25, 30, 31]


def failed(run):
    """The reason of a run that failed in order."""
    result = run.result()
    assert not result["ok"] and run.status == 1 and not run.violations(), result
    assert not [e for e in run.events if e["event"] in ("crash", "violation")]
    return result["error"]


def test_a_device_pulled_out_at_any_point_is_gone(driver):
    """Not a test that failed, nor an interrupt that is missing."""
    runs = {n: driver.start("edu", on="sim", settings={"fault.gone_after": n}) for n in POINTS}
    for n, run in runs.items():
        assert "reads all ones" in failed(run), n
        assert any(e["event"] == "fault" for e in run.events), n


@pytest.mark.parametrize("settings,env,says", [
    ({"fault.no_irq": 1}, {}, "no interrupt came: is the device's MSI delivered?"),
    ({"fault.dma_fail_after": 1}, {}, "dma: what came back is not what was sent"),
    ({}, {"VOY_FAULT": "pdk_intr_alloc:2"}, "no interrupt to be had"),
    ({}, {"VOY_FAULT": "pdk_wait:1"}, "no interrupt came")])
def test_what_a_device_does_wrong_is_the_result(driver, settings, env, says):
    """It is in the error, not only in the log."""
    run = driver.start("edu", on="sim", settings=settings, env=env)
    assert failed(run).startswith(says)
