# SPDX-License-Identifier: BSD-2-Clause
"""Simulated time from end to end: air, access point, card and driver, each a process of its own.

All figures here are of simulated time, which does not depend on the machine.
"""
import signal
import time

import pytest
from clockworld import HOUR, PATIENCE, SECOND
from rawclient import Client, Server, descriptors
from voyageur import paths

pytestmark = pytest.mark.deadline(PATIENCE + 60)

A_WHILE = 600 * SECOND      # thousands of beacons: that time passes, and does not stop
TIMERS = [(1, 1), (6, 7), (2, 250), (4, 250), (8, 20979), (3, 60000), (5, 1800001), (7, 3599999),
          (0, 3600000)]


@pytest.fixture
def ticker(driver):
    """ticker(world) -> a run of the driver that only waits (ticker.c), begun."""
    def start(world, until="done", variant=paths.VARIANT, stay=False, **settings):
        run = driver.start("ticker", on="sim", until=until, variant=variant, stay=stay,
                           timeout=PATIENCE, settings={"air": world.socket, **settings})
        run.wait("begun")
        return run
    return start


def warnings(run):
    """What the driver's side has warned of."""
    return [e["text"] for e in run.poll_events()
            if e["event"] == "log" and e.get("level") == "warn" and e.get("source") != "sim"]


# ---- at the right times ----------------------------------------------------------------------

def test_timers_waits_and_delays_take_their_time_to_the_millisecond(world, ticker, variant):
    """An hour beside thirty-five thousand beacons: in order, none early, none late."""
    air = world(variant)
    before = air.until(lambda s: s["by_name"]["ap0"]["tx"] > 0, "beacons")
    run = ticker(air, variant=variant)
    result = run.result()
    assert result["ok"] and not run.violations() and not warnings(run), result
    fired = [tuple(map(int, t.split("@"))) for t in result["timers"].split()]
    assert [n for n, _ in fired] == [n for n, _ in TIMERS], "in the order of their times"
    # Both ends are whole milliseconds, and a driver at work takes the time that it takes.
    assert all(t in (ms, ms + 1) for (_, t), (_, ms) in zip(fired, TIMERS)), fired
    assert (result["wait"], result["delay"], result["took"]) == \
        ("110 after 600000 ms", "3 ms", "3600000 ms")
    status = air.look()
    passed = status["tsf"] - before["tsf"]
    assert passed > HOUR and status["violations"] == 0
    beacons = status["by_name"]["ap0"]["tx"] - before["by_name"]["ap0"]["tx"]
    assert abs(beacons - passed / 102400) < 2, "none was lost"


def test_in_real_time_the_driver_s_clock_is_the_wall_s(world, ticker):
    """And nobody is offered another."""
    air = world(pace="real")
    run = ticker(air, stay=True, until="begun")
    status = air.look()
    assert air.host() is None and not status["stands"] and status["jumps"] == 0
    assert run.stop()["ok"] and not warnings(run)


# ---- a firmware that runs --------------------------------------------------------------------

def test_a_card_whose_driver_rests_lets_an_hour_pass(world, driver, firmware, variant):
    """Booted by our own iwm, from which the card hears nothing for so long."""
    air = world(variant)
    run = driver.start("iwm", on="sim", until="alive", stay=True, variant=variant,
                       timeout=PATIENCE, settings={"air": air.socket})
    run.wait("alive")
    span = HOUR if variant == "gcc" else A_WHILE
    status = air.passes(span)
    assert status["jumps"] > span / 102400 - 3 and air.host()["takes_part"], firmware
    result = run.stop()
    assert result["ok"] and not run.violations() and not warnings(run), result
    air.until(lambda s: not any(r["host"] for r in s["list"]), "the host has left")


def test_the_firmware_boots_on_the_air_s_time(world, driver, firmware):
    """Its delays are among what the driver's time-outs are measured by."""
    air = world()
    before = air.look()["tsf"]
    run = driver.start("iwm", on="sim", until="alive", timeout=PATIENCE,
                       settings={"air": air.socket, "fw.calib_ms": 1500, "fw.alive_ms": 700})
    assert run.result()["ok"], firmware
    assert air.look()["tsf"] - before >= 1500000 + 2 * 700000


# ---- a host that takes no part ----------------------------------------------------------------

def test_a_stock_host_lives_on_the_wall(world, tmp_path):
    """A client that names no clock, as QEMU: not one jump while it is there."""
    air = world()
    with Server("i7260", tmp_path, settings=[f"air={air.socket}"]) as srv:
        air.passes(A_WHILE)
        with Client(srv.path) as client:
            client.version()
            air.until(lambda s: not s["by_name"]["i7260-7c7a91007260"]["takes_part"], "wall")
            assert air.on_wall() and air.host() is None
            client.enable()
            assert client.bar_read(0, 0x28) == 0x144
            assert air.on_wall()
        air.passes(A_WHILE)


def test_one_stock_host_keeps_all_on_the_wall(world, ticker, tmp_path):
    """Also those who would follow another clock: their waits end by it."""
    air = world()
    with Server("i7260", tmp_path, settings=[f"air={air.socket}", "mac=02:00:00:00:00:01"]) as srv:
        client = Client(srv.path)
        client.version()
        run = ticker(air)
        assert air.on_wall()
        client.close()
        assert run.result()["ok"] and air.look()["tsf"] > HOUR


def test_a_client_that_can_is_given_the_clock_with_the_version(world, tmp_path):
    """One more descriptor, which the reply names; it counts before the reply is out."""
    air = world()
    named = {"max_msg_fds": 8, "air_clock": {"supported": True},
             "twin_socket": {"supported": True}}
    with Server("i7260", tmp_path, settings=[f"air={air.socket}"]) as srv:
        at_rest = descriptors(srv)
        with Client(srv.path) as client:
            _, caps = client.version(caps=named)
            assert caps["air_clock"] == {"supported": True, "fd_index": 1}
            assert caps["twin_socket"] == {"supported": True, "fd_index": 0}
            assert len(client.fds) == 2 and air.host() and not air.host()["takes_part"]
            assert air.on_wall()
        air.passes(A_WHILE)
        air.until(lambda s: not any(r["host"] for r in s["list"]), "the host has left")
        assert descriptors(srv) == at_rest


@pytest.mark.parametrize("model,pace", [("edu", None), ("i7260", None), ("i7260", "real")])
def test_a_card_without_such_a_clock_offers_none(world, tmp_path, model, pace):
    """No air, or one in real time."""
    settings = [f"air={world(pace=pace).socket}"] if pace else []
    with Server(model, tmp_path, settings=settings) as srv, Client(srv.path) as client:
        assert "air_clock" not in client.version(caps={"air_clock": {"supported": True}})[1]
        assert client.fds == []


# ---- those who end or hang ---------------------------------------------------------------------

def test_a_driver_that_is_killed_frees_the_clock(world, ticker):
    """In the middle of an hour."""
    air = world()
    run = ticker(air, stay=True)
    air.until(lambda s: s["jumps"] > 100, "time jumps")
    run.kill()
    air.until(lambda s: not any(r["host"] for r in s["list"]), "the host has left")
    air.passes(A_WHILE)


def test_a_card_that_is_killed_frees_the_clock(world, ticker):
    """The driver hears of it, and ends in order."""
    air = world()
    run = ticker(air, until="begun", stay=True)
    air.until(lambda s: s["jumps"] > 100, "time jumps")
    run.card.child.send(signal.SIGKILL)
    assert "unix:" in run.wait()["error"]
    assert run.status == 1 and not run.violations()
    air.passes(A_WHILE)


def test_a_driver_that_hangs_is_waited_for_only_so_long(world, ticker):
    """Then time goes as on the wall; and jumps again when it goes on."""
    air = world(patience=100)
    run = ticker(air)
    air.until(lambda s: s["jumps"] > 100, "time jumps")
    run.signal(signal.SIGSTOP)
    host = next(r["radio"] for r in air.look()["list"] if r["host"])
    air.until(lambda s: not s["by_name"][host]["idle"] and not s["stands"], "it is due")
    status = air.look()
    air.passes(SECOND // 2)
    assert air.look()["jumps"] == status["jumps"] and air.host()
    run.signal(signal.SIGCONT)
    assert run.result()["ok"]


@pytest.mark.parametrize("harm,text", [
    (signal.SIGKILL, "the air's hub has ended"),
    (signal.SIGSTOP, "the air's hub does not move the clock"),
])
def test_a_hub_that_ends_or_hangs_does_not_hang_the_driver(world, ticker, harm, text):
    """Its time goes on as the wall's, and it ends when asked to."""
    air = world(patience=100)
    run = ticker(air, until="begun", stay=True)
    air.until(lambda s: s["jumps"] > 100, "time jumps")
    air.child("air").send(harm)
    end = time.monotonic() + PATIENCE
    while not any(text in w for w in warnings(run)):
        assert time.monotonic() < end, run.events[-5:]
        time.sleep(0.05)
    assert run.control("status")["ok"]
    result = run.stop()
    assert run.status == 0 and not [e for e in run.events if e["event"] == "crash"], result
    air.child("air").send(signal.SIGCONT)


def test_a_host_that_is_sent_off_lives_on_the_wall(world, ticker):
    """Kicked by hand: driver and card know, and time does not jump over them."""
    air = world()
    run = ticker(air, stay=True)
    air.until(lambda s: s["jumps"] > 100, "time jumps")
    assert air.ask("kick", radio=air.host()["radio"])["ok"]
    air.until(lambda s: not s["by_name"]["i7260-7c7a91007260"]["takes_part"], "wall")
    assert air.on_wall()
    run.kill()
    air.passes(A_WHILE)
