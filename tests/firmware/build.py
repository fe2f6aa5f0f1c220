# SPDX-License-Identifier: BSD-2-Clause
"""Builds small firmware files in the format of Intel's, good ones and damaged ones.

Tests that must run without the real file use these; they contain no code of anybody's, only
patterns.  The layout is that of iwlwifi-7260-17.ucode: a header, then entries of type, length,
value, padded to 4 bytes.

    import build
    path.write_bytes(build.small())
    for case in build.damaged():
        path.write_bytes(case.data)      # the driver must say case.says

    python3 tests/firmware/build.py DIRECTORY       # write all of them there
"""
import collections
import functools
import pathlib
import struct
import sys

NAME = "iwlwifi-7260-17.ucode"
MAGIC = 0x0a4c5749
HEADER = 88
API = 17
BUILD = 3216344376

# Types of entries.
SEC_RT, SEC_INIT, SEC_WOWLAN, DEF_CALIB, PHY_SKU = 19, 20, 21, 22, 23
PROBE_MAX_LEN, FLAGS, NUM_OF_CPU = 6, 18, 27
API_CHANGES, CAPABILITIES, SCAN_CHANNELS, SEC_SNIFFER, VERSION = 29, 30, 31, 34, 36

RADIO_BEACON_STATS = 1 << 22    # of the first word of CAPABILITIES

INST, DATA = 0x0, 0x800000
SEPARATOR = 0xffffcccc

Case = collections.namedtuple("Case", "name data says")


def header(magic=MAGIC, zero=0, version=API, build=BUILD, human=b"voyageur test"):
    """The 88 bytes before the first entry."""
    return struct.pack("<II64sIIQ", zero, magic, human, version, build, 0)


def entry(kind, value, length=None):
    """One entry; `length` overrides what it claims."""
    claim = len(value) if length is None else length
    return struct.pack("<II", kind, claim) + value + b"\0" * (-len(value) % 4)


def words(*values):
    """Little-endian words."""
    return struct.pack(f"<{len(values)}I", *values)


@functools.lru_cache(maxsize=None)
def pattern(size, seed):
    """`size` bytes that differ from those of other seeds."""
    return bytes((seed * 37 + i * 7 + (i >> 8)) & 0xff for i in range(size))


def section(kind, addr, size, seed=1):
    """An entry with a section of a firmware image."""
    return entry(kind, words(addr) + pattern(size, seed))


def image(kind, seed, data_size=1024, inst_size=6144):
    """The sections of one image, and the mark after them."""
    return [section(kind, DATA, data_size, seed), section(kind, INST, inst_size, seed + 1),
            section(kind, SEPARATOR, 32, 0)]


def features():
    """What the file says about itself before its sections."""
    return [entry(PROBE_MAX_LEN, words(512)), entry(FLAGS, words(0x59fb4b7f)),
            entry(API_CHANGES, words(0, 0x0d9afcfb)), entry(CAPABILITIES, words(0, 0x01051010)),
            entry(CAPABILITIES, words(2, 0)), entry(NUM_OF_CPU, words(1))]


def trailer():
    """What it says after them."""
    return [entry(DEF_CALIB, words(i, 0x008c15fb, 0 if i == 1 else 0x1133)) for i in range(4)] + [
        entry(PHY_SKU, words(0x00330018)), entry(SCAN_CHANNELS, words(40)),
        entry(VERSION, words(API, BUILD, 0))]


def entries():
    """All entries of a good file."""
    return (features() + image(SEC_RT, 1) + image(SEC_INIT, 11) + image(SEC_WOWLAN, 21)
            + image(SEC_SNIFFER, 31) + trailer())


def join(parts, head=None):
    """A file of these entries."""
    return (header() if head is None else head) + b"".join(parts)


def small():
    """A good file of about 30 KB."""
    return join(entries())


def offsets(data):
    """Where each entry of a good file begins, and its end."""
    at = [HEADER]
    while at[-1] < len(data):
        length, = struct.unpack_from("<I", data, at[-1] + 4)
        at.append(at[-1] + 8 + (length + 3) // 4 * 4)
    return at


def replaced(kind, new):
    """A file in which the first entry of a type is another (None: is missing)."""
    parts = entries()
    i = next(i for i, e in enumerate(parts) if struct.unpack_from("<I", e)[0] == kind)
    parts[i:i + 1] = [] if new is None else [new]
    return join(parts)


def counting():
    """A good file that says what Intel's of version 17 do not: it counts beacons and air time."""
    return replaced(CAPABILITIES, entry(CAPABILITIES, words(0, 0x01051010 | RADIO_BEACON_STATS)))


def without_image(kind):
    """A file that lacks one image."""
    return join([e for e in entries() if struct.unpack_from("<I", e)[0] != kind])


def truncated():
    """Cut inside the header, between its end and each entry, and inside entries."""
    good = small()
    at = offsets(good)
    for cut in (0, 1, 4, HEADER - 1):
        yield Case(f"cut-at-{cut}", good[:cut], f"truncated at byte {cut}")
    yield Case("header-only", good[:HEADER], "no INIT image")
    for start, end in zip(at, at[1:]):
        yield Case(f"cut-in-head-at-{start + 4}", good[:start + 4],
                   f"truncated at byte {start} of {start + 4}")
        if end - start > 12:
            yield Case(f"cut-in-value-at-{start + 11}", good[:start + 11],
                       f"truncated at byte {start} of {start + 11}")
    init = next(i for i, e in enumerate(entries()) if struct.unpack_from("<I", e)[0] == SEC_INIT)
    claim, = struct.unpack_from("<I", good, at[init] + 4)
    yield Case("cut-in-section", good[:at[init] + 100],
               f"truncated at byte {at[init]} of {at[init] + 100} (section 4 claims {claim})")


def cut_between():
    """Cut where an entry ends, so that what is left looks whole."""
    good = small()
    parts = entries()
    for cut, part in list(zip(offsets(good), parts))[1:]:
        seen = {struct.unpack_from("<I", e)[0] for e in parts[:parts.index(part)]}
        says = ("no INIT image" if SEC_INIT not in seen
                else "without an entry of type 23" if PHY_SKU not in seen
                else "without an entry of type 36")
        yield Case(f"cut-before-{cut}", good[:cut], says)


def overflowing():
    """Lengths that no file can have."""
    for claim in (0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffffc, 0xffffffff):
        yield Case(f"section-claims-{claim:#x}",
                   replaced(SEC_INIT, entry(SEC_INIT, words(DATA) + pattern(64, 1), claim)),
                   f"claims {claim})")
        yield Case(f"entry-claims-{claim:#x}", replaced(FLAGS, entry(FLAGS, words(0), claim)),
                   f"claims {claim})")


def misplaced():
    """Sections where the card has no memory."""
    for addr, size in ((0x900000, 64), (0x7fffc0, 128), (DATA + 0x14000 - 64, 128),
                       (0x58000 - 64, 128), (0xfffffffc, 64), (0xffffff00, 0x200)):
        yield Case(f"section-at-{addr:#x}", replaced(SEC_INIT, section(SEC_INIT, addr, size)),
                   f"{size} bytes at {addr:#x} are outside the card's memory")
    yield Case("section-too-long", replaced(SEC_INIT, section(SEC_INIT, DATA, 0x14004)),
               "81924 bytes at 0x800000 are outside the card's memory")
    yield Case("section-odd", replaced(SEC_INIT, section(SEC_INIT, DATA, 66)),
               "66 bytes at 0x800000 are not whole words")
    yield Case("section-at-odd-address", replaced(SEC_INIT, section(SEC_INIT, DATA + 2, 64)),
               "64 bytes at 0x800002 are not whole words")
    yield Case("section-empty", replaced(SEC_INIT, section(SEC_INIT, DATA, 0)),
               "0 bytes at 0x800000 are not whole words")
    yield Case("section-without-address", replaced(SEC_INIT, entry(SEC_INIT, b"\0\0")),
               "an entry of type 20 cannot be 2 bytes long")
    many = [section(SEC_INIT, DATA, 64) for _ in range(17)]
    yield Case("too-many-sections", replaced(SEC_INIT, b"".join(many)), "more than 16 sections")


def wrong_kind():
    """Other files, and files for another driver."""
    parts = entries()
    yield Case("wrong-magic", join(parts, header(magic=0x464c457f)), "wrong magic 0x464c457f")
    yield Case("old-format", join(parts, header(zero=0x12345678)), "begins 0x12345678")
    yield Case("not-firmware", b"\x7fELF" + pattern(4096, 3), "begins 0x464c457f")
    for api in (16, 18, 29, 0):
        yield Case(f"api-{api}", join(parts, header(version=api)), f"wrong API version {api};")
    yield Case("no-init", without_image(SEC_INIT), "no INIT image")
    yield Case("no-runtime", without_image(SEC_RT), "no runtime image")
    yield Case("no-dqa", replaced(CAPABILITIES, None), "without dynamic queue allocation")


def wrong_value():
    """Entries that cannot be so."""
    for kind, size in ((PHY_SKU, 8), (NUM_OF_CPU, 3), (DEF_CALIB, 8), (VERSION, 4),
                       (API_CHANGES, 4), (CAPABILITIES, 12), (FLAGS, 2), (SCAN_CHANNELS, 0)):
        yield Case(f"type-{kind}-of-{size}-bytes", replaced(kind, entry(kind, pattern(size, 5))),
                   f"an entry of type {kind} cannot be {size} bytes long")
    for kind, value in ((NUM_OF_CPU, 0), (NUM_OF_CPU, 3), (SCAN_CHANNELS, 1000),
                        (PROBE_MAX_LEN, 1 << 20)):
        yield Case(f"type-{kind}-is-{value}", replaced(kind, entry(kind, words(value))),
                   f"entry of type {kind} holds {value}")
    yield Case("calibration-of-image-9", replaced(DEF_CALIB, entry(DEF_CALIB, words(9, 0, 0))),
               "entry of type 22 holds 9")
    yield Case("api-word-77", replaced(API_CHANGES, entry(API_CHANGES, words(77, 0))),
               "entry of type 29 holds 77")


def damaged():
    """Every damaged file, with what must be said about it."""
    for cases in (truncated, cut_between, overflowing, misplaced, wrong_kind, wrong_value):
        yield from cases()


def main():
    """Write the good file and all damaged ones into a directory, one folder each."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    for case in [Case("good", small(), ""), *damaged()]:
        folder = root / case.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NAME).write_bytes(case.data)
        (folder / "says").write_text(case.says + "\n")


if __name__ == "__main__":
    main()
