# SPDX-License-Identifier: BSD-2-Clause
"""One test of a driver, on whatever has its device: simulated, in the lab guest, or real.

`voy test` runs these on the simulated card and in the lab; `voy test --on BDF` on a card.
"""
import pytest

import tap


@pytest.fixture(params=["--on", pytest.param("lab", marks=pytest.mark.lab)])
def target(request, voy_target):
    """The target of --on, and the lab besides."""
    if request.param == "--on":
        return voy_target
    if voy_target != "sim":
        pytest.skip(f"this session is for {voy_target}")
    request.getfixturevalue("lab")
    return "lab"


@pytest.fixture
def run(driver, target):
    """run(driver, option=...) -> (Run, result) on the target."""
    def go(name, **how):
        return driver.run(name, on=target, **how)
    return go


@pytest.mark.deadline(400)
def test_edu_passes_its_tests(run):
    """Identification, factorial, DMA both ways, by MSI and by INTx."""
    r, result = run("edu")
    assert result["ok"], result
    assert result["reached"] == "tested" and result["hw_rev"] == "1.0"
    assert "ok" in result["msi"] and "ok" in result["intx"]
    assert not r.violations()


@pytest.mark.deadline(400)
def test_iwm_runs_its_firmware_and_reads_the_address(run, firmware):
    """The real firmware file, both its images, and the NVM; and again after a sleep."""
    r, result = run("iwm", until="alive", suspend=1)
    assert result["ok"], result
    assert result["reached"] == "alive" and result["fw"].startswith("17.")
    assert result["hw_rev"] == "0x144"
    assert len(result["mac"].split(":")) == 6 and result["mac"] != "00:00:00:00:00:00"
    states = [e["state"] for e in r.events if e["event"] == "state"]
    assert states == ["attached", "alive", "alive"]
    assert not r.violations()


@pytest.mark.deadline(400)
def test_the_mac_address_is_the_card_s(driver, firmware):
    """Of the simulated one it can be chosen."""
    _, result = driver.run("iwm", settings={"mac": "02:11:22:33:44:55"})
    assert result["ok"], result
    assert result["mac"] == "02:11:22:33:44:55"


@pytest.mark.deadline(400)
def test_conformance_of_the_driver_kit(run):
    """Every call of pdk does what pdk.h says: each check of the driver, and of two sleeps."""
    r, result = run("conform", suspend=2)
    documents = tap.parse(e["text"] for e in r.events if e["event"] == "log"
                          and e.get("source") != "sim")
    assert result["ok"], result
    assert [d.title for d in documents] == ["attach", "radio", "sleep", "sleep", "detach"]
    assert {d.title: d.failed() for d in documents if d.failed()} == {}
    skipped = {name for d in documents for name in d.skipped()}
    assert all(name.startswith(("msix_", "vectors_", "firmware")) for name in skipped), skipped


@pytest.mark.deadline(400)
def test_conformance_of_the_ethernet_boundary(run):
    """pdknet.h's, without a network of the host's."""
    r, result = run("conformnet")
    documents = tap.parse(e["text"] for e in r.events if e["event"] == "log"
                          and e.get("source") != "sim")
    assert result["ok"], result
    assert [d.title for d in documents] == ["attach", "net", "detach"]
    assert [d.failed() for d in documents] == [{}] * 3


@pytest.mark.slow
@pytest.mark.deadline(400)
@pytest.mark.parametrize("name,cycles", [("edu", 200), ("iwm", 40)])
def test_many_lives_in_one_process_leak_nothing(driver, name, cycles):
    """Each to its last state before an air is needed.

    The harness counts what was not given back.

    tests/sim/test_iwm.py has two hundred of iwm up to attached.
    """
    r, result = driver.run(name, on="sim", cycles=cycles,
                           until="alive" if name == "iwm" else None)
    assert result["ok"], result
    assert result["cycles"] == cycles and not r.stderr()
