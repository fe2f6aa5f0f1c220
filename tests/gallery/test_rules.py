# SPDX-License-Identifier: BSD-2-Clause
"""The pdk's rules: who breaks one is stopped on the spot, with the rule and the place."""
import pytest

from exhibit import Bug


def broken(name, says, *more):
    """A rule that is broken: what is said of it, and which function of the driver did it."""
    return Bug(name, r"rule broken: .*" + says, *more)


def at(function):
    """The backtrace has this function of the driver."""
    return rf'"backtrace": \[[^\]]*\b{function} at tests/gallery/rules\.c:\d+'


BUGS = [
    broken("lock_held_over_upcall", r"pdknet_link\(\) called in WORKER with the lock held, which "
           r"was taken at toy_tell_link \(rules\.c:\d+\)", at("toy_tell_link")),
    broken("locks_in_the_filter", r"pdk_lock\(\) called in FILTER", at("toy_filter")),
    broken("sleeps_in_the_bottom_half", r"pdk_zalloc\(PDK_WAITOK\) called in BH", at("toy_bh")),
    broken("lock_kept_in_the_bottom_half", r"toy_bh \(rules\.c:\d+\)"),
    broken("waits_in_the_timer", r"pdk_wait\(\) called in TIMER", at("toy_tick")),
    broken("armed_without_the_lock", r"pdk_timer_arm\(\) called in WORKER without the lock",
           at("toy_ring_bell")),
    broken("mbuf_freed_while_loaded", r"while it is loaded it is not freed\..*: ", at("toy_map")),
    broken("map_used_after_unload", r"pdk_map_addr\(\) of a map that was unloaded at "
           r"toy_map \(rules\.c:\d+\)", at("toy_map")),
    broken("mbuf_freed_twice", r"An mbuf is freed once\.: .* freed already, at toy_map",
           at("toy_map")),
    broken("register_read_after_unmap", r"bus_space_read_4\(\) of a BAR that is not mapped",
           at("toy_detach")),
]

NEVER_UP = Bug("never_comes_up", "hang: endless loop: toy_up in WORKER has not come back",
               at("toy_up"), how={"args": ["--hang-limit", "0.1"]})


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug):
    """It ends there, and the report names the rule."""
    run, _ = gallery("rules").caught(bug)
    assert run.child.status == 70
    assert len([e for e in run.events if e["event"] == "violation"]) == 1


def test_what_the_network_calls_is_named(gallery):
    """Not only what calls that."""
    run, _ = gallery("rules").caught(NEVER_UP)
    assert run.child.status == 124


def test_clean(gallery):
    """Without a bug no rule is broken."""
    _, result = gallery("rules").clean()
    assert result["reached"] == "rung"
