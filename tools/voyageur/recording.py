# SPDX-License-Identifier: BSD-2-Clause
"""What a recording has behind its last block: what of the run was not the driver's process.

The blocks hold all that came to the driver (harness/rec_file.h).  What a simulated card complained
of, what the DMA checker found, or how a command ended, did not; but it decided how the run ended, so
a replay says it again:

    file = File(path)                   # before the run
    note = Note()
    note.error = "simulated card: ..."
    file.complete(note)                 # after it, if it was recorded
    note = Note.of(path)                # of one that is to be replayed; an empty one if it has none
"""
import dataclasses
import json
import os
import stat
import struct
import zlib

from .errors import VoyError

MAGIC, HEAD = b"VNTE", struct.Struct("<4sII")       # length, CRC-32 of the length and the bytes
FILE_HEAD, BLOCK = 16, struct.Struct("<4sIIIII")    # number, length, packed, flags, CRC-32
LAST = 1
MOST = 500      # events, and lines, that are kept of each
# The backtraces of a finding, as harness/dmacheck_find.c tells them.
PLACES = (("backtrace", "where it was found"), ("made", "where the memory was allocated or loaded"),
          ("gone", "where it was freed or unloaded"))


@dataclasses.dataclass
class Note:
    """What is kept; all of it as JSON has it."""

    words: dict = dataclasses.field(default_factory=dict)       # a socket: the card in user's words
    events: list = dataclasses.field(default_factory=list)      # violations of the card, findings
    violations: int = 0                                         # with those not kept
    lines: list = dataclasses.field(default_factory=list)       # of the card's stderr
    error: str | None = None            # why the run is not ok, as far as others than the driver say
    command_status: int | None = None

    def take(self, event):
        """An event, if it is one to be kept: the simulated card has complained, or DMA was wrong."""
        complaint = event["event"] == "violation" and event.get("source") == "sim"
        self.violations += complaint
        if (complaint or event["event"] == "dma") and len(self.events) < MOST:
            self.events.append({k: v for k, v in event.items() if k != "t"})

    def line(self, text):
        """It has written a line to stderr."""
        if len(self.lines) < MOST:
            self.lines.append(text)

    def append(self, path):
        """Put it behind a whole recording; one that has no end stays as it is.

        Raises VoyError when it cannot be written; the recording is as before then.
        """
        if self == Note():
            return
        body = json.dumps(dataclasses.asdict(self)).encode()
        head = struct.pack("<I", len(body))
        try:
            with open(path, "r+b", buffering=0) as f:
                if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
                    self._lost(path)
                elif _behind_blocks(f):
                    _write(f, MAGIC + head + struct.pack("<I", zlib.crc32(head + body)) + body)
        except OSError as e:
            raise VoyError(f"--record: {path}: what came of the run cannot be written: "
                           f"{e.strerror}; without it a replay lacks that") from e

    def _lost(self, path):
        if self.error:
            raise VoyError(f"--record: {path}: no file that more can be put into, so a replay of it "
                           f"does not end by \"{self.error}\"; give --record a regular file")

    @classmethod
    def of(cls, path):
        """Read it.  What is damaged is no note: run-DRIVER checks the whole file and says where."""
        try:
            with open(path, "rb") as f:
                head = f.read(HEAD.size) if _behind_blocks(f) else b""
                body = f.read()
            magic, length, crc = HEAD.unpack(head)
            if magic == MAGIC and length == len(body) and crc == zlib.crc32(head[4:8] + body):
                return cls(**json.loads(body))
        except (OSError, struct.error, ValueError, TypeError):
            pass
        return cls()


class File:
    """Where a run is to be recorded."""

    def __init__(self, path):
        self._path = path
        self._before = self._state()

    def _state(self):
        """What is otherwise when somebody has written it; None: there is none."""
        try:
            st = os.stat(self._path)
        except OSError:
            return None
        if not stat.S_ISREG(st.st_mode):
            return object()     # nobody can tell
        return st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns

    def complete(self, note):
        """note.append(), unless the run ended before it was recorded: an older recording is not its."""
        if self._state() != self._before:
            note.append(self._path)


def finding(event):
    """The lines on stderr of an event that is a finding of the DMA checker's; of others none."""
    if event["event"] != "dma":
        return
    yield event["text"]
    yield f"rule: {event['law']}"
    for member, title in PLACES:
        if member in event:
            yield f"{title}:"
            yield from (f"  {line}" for line in event[member])


def _write(f, data):
    """All of it at the end of the file, or nothing."""
    end = f.seek(0, os.SEEK_END)
    try:
        while data:
            data = data[f.write(data):]
    except OSError:
        f.truncate(end)
        raise


def _behind_blocks(f):
    """Go behind the last block; False when there is none."""
    at, flags = FILE_HEAD, 0
    while not flags & LAST:
        f.seek(at)
        head = f.read(BLOCK.size)
        if len(head) < BLOCK.size:
            return False
        magic, _number, _length, packed, flags, _crc = BLOCK.unpack(head)
        if magic != b"VBLK":
            return False
        at += BLOCK.size + packed
    f.seek(at)
    return True
