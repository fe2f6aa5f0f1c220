# SPDX-License-Identifier: BSD-2-Clause
"""Where the fuzzers begin: a few inputs each that get past the first checks.

    for number, seed in enumerate(seeds.of("fuzz-air")): ...
"""
import importlib.util
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
BEACON = (b"\x80\0\0\0" + b"\xff" * 6 + b"\2\0\0\0\0\1" * 2 + bytes(10) + b"\x64\0\x11\4" +
          b"\0\4home\1\4\x82\x84\x8b\x96\3\1\6" +
          b"\x30\x14\1\0\0\x0f\xac\4\1\0\0\x0f\xac\4\1\0\0\x0f\xac\2\0\0")
DATA = b"\x88\1\0\0" + bytes(18) + b"\0\0" + b"\0\0" + b"\xaa\xaa\3\0\0\0\x08\0" + bytes(20)
RADIOTAP = struct.pack("<BBHI", 0, 0, 8, 0)


def _step(what, arg=0, data=b""):
    """One step for the hub (fuzz_air.c): connect, disconnect, message, TX or time."""
    return struct.pack("<BBH", what, arg, len(data)) + data


def _air():
    """The readers of frames, then radios on a hub."""
    connect, leave, headed, send, time = 0, 1, 3, 4, 5
    frame = bytes([0, 0, 2, 0x82, 1, 0, 0]) + DATA
    both = _step(connect, 0) + _step(connect, 1)
    yield b"\0\1" + BEACON
    yield b"\0\0" + RADIOTAP + BEACON
    yield b"\0\0" + RADIOTAP + DATA
    for mode in (1, 2, 4 | 8, 16):
        yield bytes([mode]) + both + _step(send, 0, frame) + _step(time, 50)
        yield bytes([mode]) + both + _step(send, 0, frame) + _step(leave, 0) + _step(time, 200)
    yield b"\1" + _step(connect, 12) + _step(headed, 0, b"\0" + bytes(60)) + _step(time, 9)


def _tunnel(kind, conn=0, data=b""):
    """A message between guest and host (hwsim/tunnel.h)."""
    return struct.pack("<HHHH", 0x7641, kind, conn, len(data)) + data


def _hwsim():
    """Streams to both ends; a frame with rates."""
    reset, opened, data, close = 1, 2, 3, 4
    for end in (0, 2):
        yield bytes([end]) + _tunnel(reset) + _tunnel(opened) + _tunnel(data, 0, bytes(64)) + \
            _tunnel(close) + _tunnel(opened)
        yield bytes([end]) + bytes(64)
    yield b"\1" + bytes(range(160)) + BEACON


def _ap():
    """The access point's own conversations."""
    spec = importlib.util.spec_from_file_location("fuzzseeds",
                                                  HERE.parent / "ap" / "fuzzseeds.py")
    conversations = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conversations)
    for seed in conversations.seeds():
        yield b"\0" + seed
        yield b"\1" + seed


def of(fuzzer):
    """The seeds of a fuzzer, by its name; one byte when there are none of its own."""
    own = {"fuzz-air": _air, "fuzz-hwsim": _hwsim, "fuzz-ap": _ap}.get(fuzzer)
    return list(own()) if own else [b"\0"]
