# SPDX-License-Identifier: BSD-2-Clause
"""Operations of the driver one by one: a client of run-iwmglue (glue.c).

    g = Glue(driver.start("iwmglue", on="sim", stay=True, settings={"air": hub.socket}))
    g.do("up")
    g.do("scan", chans=chans(1, 6, 11))
    g.event("scan_done", aborted=False)
    heard = g.beacons()
"""
import errno
import time

from voyageur import control, paths

PATIENCE = 120      # seconds until a test has hung


def chan(num, sco=0, flags=0):
    """A struct pdk80211_chan."""
    return {"num": num, "sco": sco, "flags": flags}


def chans(*numbers, **more):
    """A list of them."""
    return [chan(n, **more) for n in numbers]


class Frame:
    """A received frame: .data and what was told with it."""

    def __init__(self, event):
        self.data = bytes.fromhex(event["frame"])
        self.info = event
        self.rssi, self.chan, self.flags = event["rssi"], event["chan"], event["flags"]

    @property
    def kind(self):
        """Type and subtype."""
        return self.data[0] & 0xfc


class Glue:
    """The driver under test; .frames are the frames that were received and not yet looked at."""

    def __init__(self, run):
        self.run = run
        run.wait("attached")
        self.events, self.frames = [], []
        self.caps = self.event("attach")

    def ask(self, what, /, **members):
        """A request; the whole answer."""
        answer = control.ask(self.run.control_path, {"cmd": "op", "do": what, **members},
                             timeout=PATIENCE)
        assert answer["ok"], answer
        return answer

    def do(self, what, error=0, /, **members):
        """An operation; it must end with this error."""
        answer = self.ask(what, **members)
        assert answer["error"] == error, \
            f"{what}: {errno.errorcode.get(answer['error'], answer['error'])}: " \
            f"{self.run.poll_events()[-5:]}"
        return answer

    def pump(self):
        """Fetch what has happened."""
        while True:
            got = self.ask("events")["events"]
            for e in got:
                if e["what"] == "rx":
                    self.frames.append(Frame(e))
                else:
                    self.events.append(e)
            if not got:
                return

    def until(self, done, why, seconds=PATIENCE):
        """Pump until done() gives something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            self.pump()
            result = done()
            if result:
                return result
            assert time.monotonic() < end, f"{why}; events {self.events[-8:]}, " \
                f"{len(self.frames)} frames; {self.run.poll_events()[-5:]}"
            time.sleep(0.01)

    def event(self, what, seconds=PATIENCE, /, **members):
        """The next such event, taken out."""
        def look():
            for e in self.events:
                if e["what"] == what and all(e.get(k) == v for k, v in members.items()):
                    self.events.remove(e)
                    return e
            return None
        return self.until(look, f"no event {what} {members}", seconds)

    def frame(self, kind, seconds=PATIENCE, where=lambda f: True):
        """The next frame of a kind, taken out."""
        def look():
            for f in self.frames:
                if f.kind == kind and where(f):
                    self.frames.remove(f)
                    return f
            return None
        return self.until(look, f"no frame {kind:#x}", seconds)

    def counts(self):
        """The glue's counters."""
        return self.ask("counts")

    def up(self):
        """Radio on."""
        self.do("up")
        return self

    def scan(self, numbers, seconds=PATIENCE, aborted=False, **members):
        """A whole scan; {bssid: (ssid, channel, rssi)}."""
        self.frames.clear()
        self.do("scan", chans=chans(*numbers), **members)
        self.event("scan_done", seconds, aborted=aborted)
        return self.heard()

    def hear(self, numbers, count, kind=None, **members):
        """Scans until so many networks are heard at once, and a frame of this kind.

        On a busy machine a beacon or an answer may come too late for the card.
        """
        for _ in range(50):
            heard = self.scan(numbers, **members)
            if len(heard) >= count and (kind is None or any(f.kind == kind for f in self.frames)):
                return heard
        raise AssertionError(f"only {heard}")

    def tuned(self, freq):
        """Until the card's radio is there (MHz); it goes when what it sends is answered."""
        self.until(lambda: int(self.run.card_status()["freq"]) == freq, f"not on {freq} MHz")

    def heard(self):
        """Networks in .frames."""
        out = {}
        for f in self.frames:
            if f.kind in (0x80, 0x50):
                out[f.data[16:22].hex(":")] = (ssid_of(f.data), f.chan, f.rssi)
        return out

    def end(self):
        """Down and detach; nothing was wrong and nothing is left."""
        result = self.run.stop()
        assert result["ok"], result
        assert not self.run.violations()
        return result


def ssid_of(frame):
    """SSID element of a beacon or probe response, as text."""
    at = 36
    while at + 2 <= len(frame):
        if frame[at] == 0:
            return frame[at + 2:at + 2 + frame[at + 1]].decode(errors="replace")
        at += 2 + frame[at + 1]
    return ""


# Channels of the simulated card, as its memory tells them.
ALL = [*range(1, 14), *range(36, 65, 4), *range(100, 145, 4), *range(149, 166, 4)]
VARIANT = paths.VARIANT
