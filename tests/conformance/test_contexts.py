# SPDX-License-Identifier: BSD-2-Clause
"""Every call of the pdk in every context where it may not be made, and with the lock or without
it where it may not: each stops the driver, with the rule.

What is allowed is taken from the shim's table, which test_conformance.py compares with pdk.h.
TX is left out: no driver of these tests has a network.
"""
import re

import pytest

import pdk_rules

RULES, WHERE = pdk_rules.load(), pdk_rules.where()
CONTEXTS = ("FILTER", "BH", "TIMER", "WORKER", "CONFIG")
UPCALLS = ("tx_ready", "scan_done", "beacon_miss", "ba_done", "rfkill", "restart")
# Calls that share a rule with others.
SHARED = {**{f"pdk80211_{name}": "pdk80211_upcall" for name in UPCALLS}, "m_freem": "m_free"}
# The accessors of a loaded map may be used everywhere.
NO_CALL = {"pdk_map_segs"}


def calls():
    """{call: the name of its rule}."""
    source = (pdk_rules.ROOT / "tests/conformance/broken_calls.c").read_text()
    return {name: SHARED.get(name, name) for name in re.findall(r"^\tX\((\w+),", source, re.M)}


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
                if call.startswith("pdk80211_"):
                    rule = "rule_upcall"
            else:
                continue
            yield context, state, rule, says


def rules():
    """The rules that are broken here."""
    return {rule for call in calls() for _, _, rule, _ in wrong(call)}


@pytest.mark.parametrize("call", sorted(calls()))
def test_a_call_in_the_wrong_place_stops_the_run(driver, call):
    """With the rule, the call, the place, and the function that made it."""
    program = str(pdk_rules.ROOT / "build/gcc/bin/run-broken")
    for context, state, rule, says in wrong(call):
        where = context + ("+lock" if state == "HELD" and context != "TIMER" else "")
        run, result = driver.run(program, model="edu", env={"VOY_BROKEN_CASE": f"{call}@{where}"})
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
    assert sum(len(list(wrong(call))) for call in calls()) > 150
