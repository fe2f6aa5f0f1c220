# SPDX-License-Identifier: BSD-2-Clause
"""The headers that systems install: where they are looked for; drivers against the real ones."""
import pathlib
import subprocess
import zipfile

import pytest

from voyageur import cache, fetch_headers

INSIDE = fetch_headers.INSIDE


def wheel(folder, names):
    """A wheel with these headers."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "ziglang-0.99.0-py3-none-any.whl", "w") as z:
        for n in names:
            z.writestr(n, f"/* {n} */\n")


@pytest.fixture
def pip(no_headers, monkeypatch):
    """pip(names): what is downloaded has these files; pip(None): the download fails."""
    def make(names):
        def run(argv, **how):
            if names is not None:
                wheel(pathlib.Path(argv[argv.index("--dest") + 1]), names)
            return subprocess.CompletedProcess(argv, names is None, "", "no network\n")
        monkeypatch.setattr(fetch_headers.subprocess, "run", run)
    return make


def test_nothing_is_downloaded_unasked(pip):
    """Why there are none is told instead."""
    pip(["x"])
    assert fetch_headers.here(False) == "ziglang's headers are not in the cache"


def test_only_headers_of_the_bsds_are_kept(pip):
    """And once here they are found without a download."""
    pip([INSIDE + n for n in ("generic-netbsd/sys/param.h", "x86_64-netbsd-none/machine/bus.h",
                              "generic-musl/stdio.h", "../generic-netbsd/evil.h",
                              "generic-netbsd/../../evil.h")] + ["ziglang/zig"])
    folder = fetch_headers.here(True)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert files == {"generic-netbsd/sys/param.h", "x86_64-netbsd-none/machine/bus.h", cache.STAMP}
    assert fetch_headers.here(False) == folder


@pytest.mark.parametrize("names,why", [(None, "no network"), (["ziglang/zig"], "has no headers")])
def test_a_failed_download_is_explained(pip, names, why):
    """And leaves nothing that looks finished."""
    pip(names)
    with pytest.raises(cache.CacheError, match=why):
        fetch_headers.here(True)
    assert isinstance(fetch_headers.here(False), str)


def test_a_wrong_folder_is_explained(monkeypatch, tmp_path):
    """It is not taken for an empty set."""
    monkeypatch.setenv("VOY_ZIG_HEADERS", str(tmp_path))
    with pytest.raises(cache.CacheError, match="name ziglang's lib/libc/include"):
        fetch_headers.here(False)


def test_without_them_a_row_says_how_to_get_them(port, driver):
    """For each system that has such headers."""
    said = port(driver(), "--os", "netbsd", "--os", "freebsd")
    rows = [r for r in said.rows() if r["evidence"] == "installed headers"]
    assert [(r["system"], r["status"]) for r in rows] == [("netbsd", "skip"), ("freebsd", "skip")]
    assert all("--no-fetch" in r["mend"] for r in rows)


def test_a_download_that_fails_is_a_skipped_row(port, driver, monkeypatch):
    """What can be checked without is checked."""
    def fails(*_):
        raise cache.CacheError("no network")
    monkeypatch.setattr(cache, "product", fails)
    said = port(driver(), "--os", "netbsd", fetch=True)
    row, = (r for r in said.rows() if r["evidence"] == "installed headers")
    assert (row["status"], row["text"]) == ("skip", "no network")
    assert "ok" in [r["status"] for r in said.rows() if r["evidence"] == "contract"]


@pytest.fixture(scope="session")
def real():
    """The real headers, in this machine's cache; downloaded when they can be."""
    try:
        return fetch_headers.here(True)
    except cache.CacheError as e:
        pytest.skip(str(e))


@pytest.mark.deadline(1800)
@pytest.mark.parametrize("name,compilers", [("edu", ["gcc", "clang"]), ("em", ["clang"]),
                                            ("iwm", ["clang"]), ("conform", ["gcc"])])
def test_drivers_build_with_the_headers_that_systems_install(real, port, monkeypatch, name,
                                                             compilers):
    """Of NetBSD, OpenBSD and FreeBSD; linked, nothing unknown.  The compilers take turns: each
    sees each file of the shims, and clang the machines of 32 bits (voy port has both do it all)."""
    monkeypatch.setenv("VOY_ZIG_HEADERS", str(real))
    said = port(name, "--os", "netbsd", "--os", "openbsd", "--os", "freebsd",
                *(word for c in compilers for word in ("--compiler", c)))
    failed = [(r["system"], r["compiler"], r["unknown"]) for r in said.rows()
              if r["status"] == "fail"]
    assert failed == [] and said.texts() == [] and said.status == 0
    skipped = {r["compiler"] for r in said.rows() if r["status"] == "skip"}
    for compiler in compilers:
        rows = [r for r in said.rows() if r["evidence"] == "installed headers"
                and r["compiler"] == compiler and r["machine"] == "amd64" and r["status"] == "ok"]
        if compiler not in skipped:
            assert {r["system"] for r in rows} == {"netbsd", "openbsd", "freebsd"}
            assert all(r["symbols"] > 20 for r in rows)
