# SPDX-License-Identifier: BSD-2-Clause
"""A simulated card with mappable memory and MSI-X, through QEMU and the guest's real VFIO."""
import json
import queue
import socket
from pathlib import Path

import pytest

import lab
from voyageur import control

BENCH = Path(__file__).resolve().parents[2] / "build/gcc/bin/bench-pdk"
# Measures; then once more, and is killed without a chance to do anything about the device.
SCRIPT = f"""
{BENCH} --no-contain --device $VOY_BDF --json || exit
{BENCH} --device $VOY_BDF --json --stay >/tmp/events & run=$!
until grep -q '"event":"contained"' /tmp/events; do kill -0 $run || exit 9; sleep 0.1; done
echo "@works"
read go </dev/voy/go
kill -9 $run
wait $run
echo "@killed $?"
read go </dev/voy/go
"""

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("guest_parts")]


class Card:
    """The card while the guest has it: marks among its events, which the guest waits for."""

    def __init__(self, card, path):
        self.card = card
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.guest = None

    def mark(self):
        """A fault that does nothing to a driver; then the guest goes on."""
        assert control.ask(self.card.control, {"cmd": "set", "key": "fault.spurious_irq",
                                               "value": "0"})["ok"]
        if not self.guest:
            self.guest, _ = self.listener.accept()
        self.guest.sendall(b"go\n")

    def resets_between(self):
        """Why the card was reset between two marks, as it said itself."""
        self.listener.close()
        self.guest.close()
        self.card.stop()
        said = []
        while True:
            try:
                _, kind, line = self.card.inbox.get_nowait()
            except queue.Empty:
                break
            said += [json.loads(line)] if kind == "line" else []
        first, last = [i for i, e in enumerate(said) if e["event"] == "fault"]
        return [e["why"] for e in said[first:last] if e["event"] == "reset"]


def test_memory_of_the_card_is_mapped_and_msix_is_delivered(sim, tmp_path):
    """QEMU maps the server's sparse area; the row of a mapped register needs the mapping.

    And a driver's process that is killed leaves a card that the kernel has reset.
    """
    card = Card(sim("scratch"), tmp_path / "go")

    def on_stdout(line):
        if line.startswith("@"):
            said.append(line)
            card.mark()

    said = []
    r = lab.run([SCRIPT], files=[str(BENCH)], timeout=250, on_stdout=on_stdout,
                device={"socket": str(card.card.socket)}, channels={"go": tmp_path / "go"})
    lines = [json.loads(line) for line in r.stdout.decode().splitlines() if line.startswith("{")]
    rows = {row["name"] for row in lines if "name" in row}
    assert r.status == 0 and [e["ok"] for e in lines if "ok" in e] == [True], r.stderr
    assert {"register read, mapped", "register write, mapped", "eventfd to bottom half"} <= rows
    assert said == ["@works", "@killed 137"]
    assert set(card.resets_between()) == {"request"}
