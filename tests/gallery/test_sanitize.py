# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong in any C program: by AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer
(voy run --sanitize) and by valgrind's Memcheck (voy run --valgrind).

What each finds is the run's failure: the result names it with the driver's source line, the whole
report is on stderr, and where the process could not go on the device has been reset.
"""
import pytest

from exhibit import Bug

pytestmark = pytest.mark.plain("it runs the builds by itself")

HERE = "tests/gallery/sanitize.c"


def at(function):
    """A pattern: a frame of a backtrace, of any of the tools."""
    return rf"{function} [^\n]*sanitize\.c:\d+"


ADDRESS = [
    Bug("table_used_after_free", r"AddressSanitizer: heap-use-after-free.* in toy_(sum|task)",
        "freed by thread", at("toy_(sum|task)")),
    Bug("table_off_by_one", r"AddressSanitizer: heap-buffer-overflow.* in toy_(sum|task)",
        "0 bytes to the right of 64-byte region", at("toy_attach")),
    Bug("ring_off_by_one", r"AddressSanitizer: use-after-poison.* in toy_(sum|task)"),
    Bug("buffer_used_after_free", r"AddressSanitizer: use-after-poison.* in toy_(receive|task)"),
    Bug("mbuf_used_after_free", r"AddressSanitizer: use-after-poison.* in toy_(receive|task)"),
    Bug("length_not_checked", r"AddressSanitizer: stack-buffer-overflow .* in memcpy, in thread "
        r"worker; .*; in toy_name at .*sanitize\.c:\d+", "'name'", at("toy_name")),
]
UNDEFINED = [
    Bug("signed_overflow", "UndefinedBehaviorSanitizer: signed integer overflow: 16777453 \\* 1000 "
        r"cannot be represented in type 'int' at tests/gallery/sanitize\.c:\d+"),
    Bug("shift_too_far", "UndefinedBehaviorSanitizer: shift exponent 237 is too large for 32-bit "
        r"type .* at tests/gallery/sanitize\.c:\d+"),
    Bug("index_out_of_bounds", r"UndefinedBehaviorSanitizer: index 13 out of bounds for type .* at "
        r"tests/gallery/sanitize\.c:\d+"),
    Bug("division_by_zero", r"UndefinedBehaviorSanitizer: division by zero at "
        r"tests/gallery/sanitize\.c:\d+"),
    Bug("misaligned_access", "UndefinedBehaviorSanitizer: load of misaligned address 0x[0-9a-f]+ "
        r"for type .*, which requires 4 byte alignment at tests/gallery/sanitize\.c:\d+"),
]
RACE = Bug("flag_without_the_lock", r"ThreadSanitizer: data race .*sanitize\.c:\d+.* in toy_",
           at("toy_bh"), at("toy_(ring_bell|task)"), how={"variant": "tsan"})
LOST = Bug("memory_of_a_library_lost", r"leak: AddressSanitizer: 64 byte\(s\) leaked in 1 alloc",
           "Direct leak of 64 byte", at("toy_attach"), how={"variant": "asan"})
UNINITIALISED = [
    Bug("error_not_looked_at", "Conditional jump or move depends on uninitialised value|"
        "Use of uninitialised value", "created by a stack allocation", at("toy_compute|toy_task")),
    Bug("buffer_read_before_it_is_filled", "Conditional jump or move depends on uninitialised "
        "value", "created by a client request", at("toy_receive|toy_task")),
]
# What AddressSanitizer finds, valgrind finds as well, but for what is on the stack.
INVALID = {"table_used_after_free": "Invalid read of size 1", "table_off_by_one":
           "Invalid read of size 1", "ring_off_by_one": "Invalid write of size 1",
           "buffer_used_after_free": "Invalid write of size 1",
           "mbuf_used_after_free": "Invalid read of size 4",
           "memory_of_a_library_lost": "64 bytes in 1 blocks are definitely lost"}


def fatal(run, result):
    """It ended there, with the backtrace as an event and a reset of the device."""
    crash, = [e for e in run.events if e["event"] == "crash"]
    assert crash["signal"] == "sanitizer" and crash["text"] == result["error"]
    assert any("tests/gallery/sanitize.c:" in line for line in crash["backtrace"]), crash
    assert run.child.status == 70 and "the device was reset" in run.stderr()


@pytest.mark.parametrize("bug", ADDRESS, ids=str)
def test_caught_by_asan(gallery, bug):
    """Memory that is not the driver's, or not any more."""
    fatal(*gallery("sanitize").caught(bug, variant="asan"))


@pytest.mark.parametrize("build", ["ubsan", "asan"])
@pytest.mark.parametrize("bug", UNDEFINED, ids=str)
def test_caught_by_ubsan(gallery, bug, build):
    """What C leaves undefined: gcc's sanitizer alone, and clang's beside AddressSanitizer."""
    fatal(*gallery("sanitize").caught(bug, variant=build))


def test_a_race_is_caught_by_tsan(gallery):
    """The interrupt's bottom half and the worker; the run goes on to its end and has failed."""
    _, result = gallery("sanitize").caught(RACE)
    assert result["reached"] == "computed" and result["error"].startswith("ThreadSanitizer: ")


def test_a_leak_is_caught_by_lsan(gallery):
    """Memory that is not the pdk's, which counts its own."""
    _, result = gallery("sanitize").caught(LOST)
    assert result["reached"] == "computed"


@pytest.mark.parametrize("bug", UNINITIALISED, ids=str)
def test_caught_by_valgrind(gallery, bug):
    """Values that nobody has given; an error is an event with the frames, and the result's."""
    run, result = gallery("sanitize").caught(bug, valgrind=True)
    found, *_ = [e for e in run.events if e.get("source") == "valgrind"]
    assert result["error"] == found["text"] and HERE in result["error"]
    assert result["reached"] == "computed"


@pytest.mark.parametrize("name,says", INVALID.items(), ids=INVALID)
def test_caught_by_valgrind_too(gallery, name, says):
    """Without another build, in the time of five."""
    bug, = [b for b in (*ADDRESS, LOST) if b.name == name]
    bug = Bug(name, f"valgrind: {says}.*, at .*sanitize\\.c:\\d+", how={"valgrind": True})
    gallery("sanitize").caught(bug)


@pytest.mark.parametrize("build", ["gcc", "asan", "ubsan", "tsan"])
def test_clean(gallery, build):
    """Without a bug none of them has anything to say."""
    _, result = gallery("sanitize").clean(variant=build)
    assert result["reached"] == "computed"


def test_clean_under_valgrind(gallery):
    """Nor has valgrind."""
    gallery("sanitize").clean(valgrind=True)
