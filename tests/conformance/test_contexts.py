# SPDX-License-Identifier: BSD-2-Clause
"""Every call of the pdk in every context where it may not be made, and with the lock or without
it where it may not: each stops the driver, with the rule.

What is allowed is taken from the shim's table, which test_conformance.py compares with pdk.h.
TX needs a network: the host's DHCP client sends through a driver that joins what it imagines.
"""
import os
import re
import subprocess

import pytest

import pdk_rules
from voyageur import fetch, world

RULES, WHERE = pdk_rules.load(), pdk_rules.where()
CONTEXTS = ("FILTER", "BH", "TIMER", "WORKER", "CONFIG", "TX")
UPCALLS = ("tx_ready", "scan_done", "beacon_miss", "ba_done", "rfkill", "restart")
# Calls that share a rule with others.
SHARED = {**{f"pdk80211_{name}": "pdk80211_upcall" for name in UPCALLS}, "m_freem": "m_free",
          **{f"pdknet_{name}": "pdknet_upcall" for name in ("tx_ready", "link", "restart")}}
# A call that is right everywhere.
ANYWHERE = "pdk_uptime_ms"
# The accessors of a loaded map may be used everywhere.
NO_CALL = {"pdk_map_segs"}


def calls():
    """{call: the name of its rule}."""
    source = (pdk_rules.ROOT / "tests/conformance/broken_calls.c").read_text()
    return {name: SHARED.get(name, name) for name in re.findall(r"^\tX\((\w+),", source, re.M)
            if name != ANYWHERE}


def lock_states(context):
    """What can be about the lock there."""
    return {"FILTER": ("FREE",), "TIMER": ("HELD",)}.get(context, ("FREE", "HELD"))


def wrong(call):
    """(context, lock state, expected rule, what the text says) of every wrong way to make it."""
    allowed, lock = WHERE[calls()[call]]
    for context in CONTEXTS:
        for state in lock_states(context):
            rule = calls()[call]
            if context not in allowed:
                says = f"called in {context}; it may be called in "
                if call == "pdk_zalloc_waitok" and context == "FILTER":
                    rule = "pdk_zalloc"         # which it is in the first place
            elif lock == "HELD" and state == "FREE":
                says = f"called in {context} without the lock"
            elif lock == "FREE" and state == "HELD":
                says = f"called in {context} with the lock held, which was taken at "
                if call.startswith(("pdk80211_", "pdknet_")):
                    rule = "rule_upcall"
            else:
                continue
            yield context, state, rule, says


def rules():
    """The rules that are broken here."""
    return {rule for call in calls() for _, _, rule, _ in wrong(call)}


PROGRAM = str(pdk_rules.ROOT / "build/gcc/bin/run-broken")
NETWORK = ["--ssid", "broken", "--open", "--net", "ns"]


@pytest.fixture(scope="session")
def port():
    """The environment in which a driver can have a network; skips where none can be had."""
    user = [] if os.geteuid() == 0 else ["-Ur"]
    if subprocess.run(["unshare", *user, "-n", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no network namespace can be made here")
    try:
        return world.port_environment()
    except fetch.cache.CacheError as e:
        pytest.skip(str(e))


@pytest.mark.parametrize("call,tx", [(call, tx) for call in sorted(calls()) for tx in (False, True)
                                     if any((w[0] == "TX") == tx for w in wrong(call))])
def test_a_call_in_the_wrong_place_stops_the_run(driver, call, tx, request):
    """With the rule, the call, the place, and the function that made it."""
    how = {"args": NETWORK} if tx else {}
    env = request.getfixturevalue("port") if tx else {}
    for context, state, rule, says in wrong(call):
        if (context == "TX") != tx:
            continue
        where = context + ("+lock" if state == "HELD" and context != "TIMER" else "")
        run, result = driver.run(PROGRAM, model="edu", on="sim",
                                 env={"VOY_BROKEN_CASE": f"{call}@{where}", **env}, **how)
        violations = [e for e in run.events if e["event"] == "violation"]
        assert len(violations) == 1 and not result["ok"], where
        assert violations[0]["rule"] == RULES[rule], where
        text = violations[0]["text"].removeprefix(f"rule broken: {RULES[rule]}: ")
        assert re.match(rf"{call.removesuffix('_waitok')}\(\w*\) {says}", text), (where, text)
        assert any(f"call_{call} " in line for line in violations[0]["backtrace"]), where
        run.close()


def test_no_call_is_forgotten():
    """Each rule about a call has its call here, and the other way round."""
    assert set(calls().values()) | NO_CALL == set(WHERE)
    assert sum(len(list(wrong(call))) for call in calls()) > 250


def test_a_frame_is_sent_in_tx_and_the_lock_given_back(driver, port):
    """The driver of these tests is in order by itself; and tx may not return with the lock."""
    run, result = driver.run(PROGRAM, model="edu", on="sim", args=NETWORK,
                             env={"VOY_BROKEN_CASE": "pdk_uptime_ms@TX", **port})
    assert result["ok"] and result["reached"] == "unnoticed", result
    run, result = driver.run(PROGRAM, model="edu", on="sim", args=NETWORK,
                             env={"VOY_BROKEN_CASE": "tx_leaves_locked", **port})
    violation, = [e for e in run.events if e["event"] == "violation"]
    assert violation["rule"] == RULES["rule_leave_unlocked"] and not result["ok"]
    assert re.search(r"tx \(broken_radio.c:.* returned from TX .* at case_tx_leaves_locked",
                     violation["text"])
