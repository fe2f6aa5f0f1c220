# SPDX-License-Identifier: BSD-2-Clause
"""iwm from outside: to running firmware, every bad firmware file, and every way a card can fail.

What a good card does is tested on any target (--on); failures need the simulated card.
"""
import importlib.util
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _load(path):
    """A module that is no package's."""
    spec = importlib.util.spec_from_file_location("firmware_build", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build = _load(ROOT / "tests/firmware/build.py")
DAMAGED = list(build.damaged())
MAC = "7c:7a:91:00:72:60"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with a small good firmware file."""
    path = tmp_path_factory.mktemp("firmware")
    (path / build.NAME).write_bytes(build.small())
    return path


@pytest.fixture
def iwm(driver, small):
    """start(**settings of the card) -> a run of iwm on a simulated card, with the small file."""
    def start(settings=(), files=small, env=(), **how):
        given = {"firmware": small / build.NAME, **dict(settings)}
        how.setdefault("until", "alive")
        how.setdefault("timeout", 100)
        return driver.start("iwm", on="sim", settings=given,
                            env={"VOY_FIRMWARE_PATH": str(files), **dict(env)}, **how)
    return start


def logged(run):
    """What the driver logged, as one text."""
    return "\n".join(e.get("text", "") for e in run.poll_events()
                     if e["event"] == "log" and e.get("source") != "sim")


def fails(run, text):
    """The run ends by itself, in order, and says why."""
    result = run.result()
    assert result["ok"] is False and re.search(text, result["error"]), result["error"]
    assert run.status == 1 and not run.violations()
    assert not [e for e in run.events if e["event"] == "crash"]
    return result


def alive_count(run):
    """How often the firmware was set up."""
    return sum(e["event"] == "state" and e.get("state") == "alive" for e in run.poll_events())


def again(run, before, seconds=100):
    """Wait until the firmware was set up once more."""
    for _ in range(seconds * 20):
        if alive_count(run) > before:
            return
        run._take(0.05)
    pytest.fail(f"not alive again: {run.events[-5:]}")


# ---- a good card ------------------------------------------------------------------

def test_reaches_running_firmware_with_intels_file(driver, firmware):
    """The real file: address, revision and version are reported, nobody complains."""
    run, result = driver.run("iwm", until="alive")
    assert result["ok"] and result["reached"] == "alive", result
    assert result["hw_rev"] == "0x144" and result["fw"] == "17.3216344376.0"
    assert re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", result["mac"])
    assert not run.violations() and firmware


@pytest.mark.parametrize("model,chip,hw_rev,mac,chains", [
    ("i3160", "Intel Dual Band Wireless AC 3160", "0x164", "7c:7a:91:00:31:60", "0x1"),
    ("i7265", "Intel Dual Band Wireless AC 7265", "0x184", "7c:7a:91:00:72:65", "0x3")])
def test_the_other_cards_of_the_family_run_their_own_firmware(driver, firmware_file, model, chip,
                                                              hw_rev, mac, chains):
    """The card checks the upload against its file, so another card's would not start."""
    assert firmware_file(f"iwlwifi-{model[1:]}-17.ucode")
    run, result = driver.run("iwm", until="alive", model=model)
    assert result["ok"] and result["reached"] == "alive", result
    assert (result["chip"], result["hw_rev"], result["mac"]) == (chip, hw_rev, mac)
    assert f"TX chains {chains}, RX chains {chains}" in result["radio"]
    assert result["fw"].startswith("17.") and not run.violations()


@pytest.mark.parametrize("dma", ["fast", "strict", "check"])
def test_reaches_running_firmware_under_every_check(iwm, variant, dma):
    """Sanitizers, and memory that only exists for the card while the driver lends it."""
    run = iwm(variant=variant, dma=dma, timeout=100)
    result = run.result()
    assert result["ok"] and result["reached"] == "alive", result
    assert result["mac"] == MAC and result["channels"] == "38" and not run.violations()


def test_reports_the_address_in_the_cards_memory(iwm):
    """Another card, another address; and one band less."""
    run = iwm({"mac": "02:00:00:00:00:07", "nvm.sku": "0x5"})
    result = run.result()
    assert result["ok"] and result["mac"] == "02:00:00:00:00:07"
    assert result["channels"] == "13"


def test_card_owned_by_the_management_engine_is_asked_for(iwm):
    """It is handed over after a while."""
    assert iwm({"prepare_ms": 30}).result()["ok"]


def test_card_that_never_sleeps_and_one_that_does(iwm):
    """The handshake for waking is not relied on to be needed."""
    for sleep in (0, 1):
        assert iwm({"sleep": sleep}).result()["ok"]


def test_interrupts_by_the_pin(iwm, variant):
    """A card without MSI does all that one with it does: radio switch, death, a sleep."""
    run = iwm({"msi": 0}, stay=True, variant=variant, timeout=100)
    run.wait("alive")
    card = run.card_status()
    assert card["intr_mode"] == "intx" and card["vectors"] == 0 and card["interrupts"] > 0
    for key, value in (("rfkill", 1), ("fw.crash", "0x38")):
        before = alive_count(run)
        run.inject(key, value)
        if key == "rfkill":
            while run.info.get("rfkill") != "blocked":
                run._take(0.05)
            run.inject(key, 0)
        again(run, before)
    before = alive_count(run)
    assert run.control("suspend")["ok"] and run.control("resume")["ok"]
    again(run, before)
    assert run.stop()["ok"] and not run.violations()


@pytest.mark.slow
@pytest.mark.deadline(600)
def test_attaches_and_detaches_two_hundred_times(iwm):
    """In one process, without a leak."""
    run = iwm(until="attached", cycles=200)
    assert run.result(timeout=590)["ok"] and not run.violations()


# ---- firmware files ------------------------------------------------------------------

@pytest.mark.parametrize("case", DAMAGED, ids=lambda c: c.name)
def test_damaged_firmware_file_is_refused(iwm, tmp_path, case):
    """Before the card is touched, with the reason."""
    (tmp_path / build.NAME).write_bytes(case.data)
    run = iwm(files=tmp_path)
    result = fails(run, re.escape(case.says))
    assert result["error"].startswith(f"firmware: {build.NAME}: ") and not result["reached"]
    assert not [e for e in run.events if e["event"] == "fw-start"]


def test_missing_firmware_file_is_named(iwm, tmp_path):
    """And how to get it."""
    if any((pathlib.Path(d) / build.NAME).exists() for d in ("/lib/firmware",
                                                             "/usr/lib/firmware")):
        pytest.skip("this machine has the file in /lib/firmware")
    fails(iwm(files=tmp_path, env={"VOY_CACHE": str(tmp_path)}),
          f"^firmware: {re.escape(build.NAME)}: not found; .*VOY_FIRMWARE_PATH")


def test_firmware_file_that_is_a_folder_is_refused(iwm, tmp_path):
    """It cannot be read."""
    (tmp_path / build.NAME).mkdir()
    fails(iwm(files=tmp_path), re.escape(f"firmware: {build.NAME}: cannot be read"))


# ---- a card that fails -----------------------------------------------------------------

def gone_at():
    """Points of attach, denser at its begin, in groups."""
    points = [*range(0, 48), *range(48, 1900, 43)]
    return [points[i:i + 16] for i in range(0, len(points), 16)]


@pytest.mark.parametrize("points", gone_at(), ids=lambda p: f"{p[0]}-{p[-1]}")
def test_card_pulled_out_at_any_register_access(iwm, points):
    """All ones from the Nth access on: a clear error, no hang, nothing wrong on the way."""
    for n in points:
        run = iwm({"fault.gone_after": n}, timeout=100)
        fails(run, "card is gone|reads all ones")
        run.close()


@pytest.mark.parametrize("fault,says", [
    ("close_after", "the server closed the connection"),
    ("nonsense_after", "protocol error of the server"),
    ("stall_after", "no answer to REGION_")])
def test_server_that_fails_at_any_point(iwm, fault, says):
    """It closes, answers nonsense, or nothing: side by side, since the last takes its time."""
    runs = {n: iwm({f"fault.{fault}": n}, timeout=100)
            for n in (0, 1, 2, 5, 17, 60, 200, 500, 900, 1300)}
    for run in runs.values():
        fails(run, says)
        assert any(e["event"] == "fault" for e in run.events)


def test_card_pulled_out_while_up_is_found_by_detach(iwm):
    """Nobody looks at a silent card before."""
    run = iwm(stay=True)
    run.wait("alive")
    run.inject("fault.gone_after", 0)
    result = run.stop()
    assert not result["ok"] and "gone" in result["error"] and not run.violations()


def test_interrupts_that_never_come(iwm):
    """Told apart from a card that does nothing; with the registers."""
    run = iwm({"fault.no_irq": 1})
    fails(run, r"section \d+: no interrupt within .* no interrupt arrived")
    assert re.search(r"CSR_INT 0x08000000 .*CSR_FH_INT_STATUS", logged(run))
    assert "last command none" in logged(run)


def test_silent_firmware(iwm):
    """No ALIVE."""
    fails(iwm({"fw.silent": 1}), "INIT image: no ALIVE within .* the card raised no cause")


def test_firmware_that_calls_itself_invalid(iwm):
    """ALIVE with an error status."""
    fails(iwm({"fw.alive_bad": 1}), "INIT image: not valid")


def test_calibration_that_never_ends(iwm):
    """Attach is complete, up is not."""
    assert fails(iwm({"fw.no_calib": 1}), "calibration not complete")["reached"] == "attached"


@pytest.mark.parametrize("command,name", [("0x9b", "BT_CONFIG"), ("0x88", "NVM_ACCESS_CMD"),
                                          ("0x6c", "PHY_DB_CMD"), ("5.0", "DQA_ENABLE_CMD")])
def test_command_without_reply_is_named(iwm, command, name):
    """Short and long headers, both images."""
    run = iwm({"fw.ignore": command})
    fails(run, rf"firmware: {name} \(0x\w+\): no reply within")
    assert f"last command {name}" in logged(run)


@pytest.mark.parametrize("command,image", [("0x9b", "INIT"), ("0x88", "INIT"), ("0x6a", "INIT"),
                                           ("0x6c", "runtime"), ("5.0", "runtime"),
                                           ("0x18", "runtime"), ("0x77", "runtime")])
def test_firmware_that_asserts_is_decoded(iwm, command, image):
    """In any state: image, version, name of the error, the table's words."""
    run = iwm({"fw.assert_on": command})
    fails(run, rf"firmware: {image} image 17\.3216344376\.0: 0x00000035 SYSASSERT \(data ")
    text = logged(run)
    assert "last_cmd_id" in text and "flow_handler" in text and "trm_hw_status0" in text


@pytest.mark.parametrize("how", ["mac", "version", "empty", "short", "status", "offset",
                                 "overlong"])
def test_broken_memory_of_the_card(iwm, how):
    """Nonsense in it, or in the answers about it, is refused or does not matter."""
    run = iwm({"nvm.corrupt": how})
    result = run.result()
    assert not run.violations()
    if how == "version":
        assert result["ok"]
    else:
        assert not result["ok"] and result["error"].startswith("NVM: "), result["error"]


# ---- in service ------------------------------------------------------------------------

def test_firmware_that_dies_in_service_is_started_again(iwm):
    """The log says why; the interface comes back."""
    run = iwm(stay=True)
    run.wait("alive")
    before = alive_count(run)
    run.inject("fw.crash", "0x1234")
    again(run, before)
    assert re.search("runtime image .* 0x00001234 ADVANCED_SYSASSERT", logged(run))
    assert run.stop()["ok"] and not run.violations()


def test_firmware_that_keeps_dying_is_given_up(iwm):
    """After a number of restarts, not never."""
    run = iwm(stay=True)
    run.wait("alive")
    for _ in range(8):
        before = alive_count(run)
        run.inject("fw.crash", "0x1234")
        while alive_count(run) == before and not run._ended:
            run._take(0.05)
        if run._ended:
            break
    result = run.result()
    assert not result["ok"] and "died" in result["error"] and alive_count(run) > 1


def test_a_run_that_waits_for_the_radio_switch_says_so(iwm):
    """The time-out's text names it."""
    run = iwm({"rfkill": 1}, timeout=5)
    result = fails(run, r'^timeout: "alive" .*; the radio is switched off \(rfkill\)')
    assert result["reached"] == "attached"
    run = iwm({"rfkill": 1}, stay=True)
    run.wait("attached")
    while not run.control("pdk")["radio"]["wanted"]:
        run._take(0.05)
    error = run.stop()["error"]
    assert re.search(r'^stopped by SIGTERM before "alive"; the radio is switched off', error)


def test_radio_switched_off_is_reported_and_waited_for(iwm):
    """Memory is read all the same; it starts with the switch, and stops with it."""
    run = iwm({"rfkill": 1}, stay=True)
    run.wait("attached")
    assert run.info["rfkill"] == "blocked" and run.info["mac"] == MAC
    assert "radio is off by the hardware switch" in logged(run) and not alive_count(run)
    run.inject("rfkill", 0)
    run.wait("alive")
    run.inject("rfkill", 1)
    while run.info["rfkill"] != "blocked":
        run._take(0.05)
    run.inject("rfkill", 0)
    again(run, 1)
    assert run.stop()["ok"] and not run.violations()
