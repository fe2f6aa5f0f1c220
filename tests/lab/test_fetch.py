# SPDX-License-Identifier: BSD-2-Clause
"""Downloads: found before fetched, whole or not at all, and every failure names its mend."""
import errno
import os
import pathlib
import subprocess
import sys
import tarfile
import threading

import pytest

from voyageur import cache, debian, fetch


@pytest.fixture
def apt_etc(tmp_path, monkeypatch):
    """An apt configuration directory to write into, in place of the machine's."""
    etc = tmp_path / "etc-apt"
    (etc / "sources.list.d").mkdir(parents=True)
    monkeypatch.setenv("VOY_ETC_APT", str(etc))
    monkeypatch.delenv("VOY_DEBIAN_MIRROR", raising=False)
    return etc


def test_no_mirror_configured_is_told_with_the_variable_to_set(empty_cache, apt_etc):
    with pytest.raises(cache.CacheError, match="no Debian mirror in .*set VOY_DEBIAN_MIRROR"):
        fetch.kernel()


def test_mirror_is_found_in_one_line_lists(apt_etc):
    (apt_etc / "sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb cdrom:[Debian]/ bookworm main\n"
        "deb [arch=amd64 signed-by=/x.gpg] http://m.example/debian/ bookworm main\n"
        "deb http://s.example/debian-security bookworm-security main\n")
    assert debian.mirrors() == ("http://m.example/debian", "http://s.example/debian-security")


def test_mirror_is_found_in_deb822_sources_and_disabled_ones_are_not_used(apt_etc):
    (apt_etc / "sources.list.d" / "a.sources").write_text(
        "Types: deb\nURIs: http://off.example/debian\nEnabled: no\nSuites: bookworm\n\n"
        "Types: deb\n# http://old.example/debian\nURIs: http://on.example/debian\n"
        "Suites: bookworm\n")
    assert debian.mirrors() == ("http://on.example/debian", None)


def test_other_distributions_and_vendors_are_no_debian_mirror(apt_etc):
    (apt_etc / "sources.list").write_text("deb http://u.example/ubuntu noble main\n"
                                          "deb https://v.example/node nodistro main\n")
    with pytest.raises(cache.CacheError, match="no Debian mirror"):
        debian.mirrors()


@pytest.mark.skipif(not any(os.path.exists(k) for k in debian.KEYRINGS),
                    reason="debian-archive-keyring is not installed")
def test_mirror_that_refuses_connections_is_told_and_leaves_no_product(empty_cache, monkeypatch):
    monkeypatch.setenv("VOY_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    with pytest.raises(cache.CacheError, match="cannot be reached: check the network"):
        fetch.kernel()
    assert not list(empty_cache.glob("kernel/*"))
    assert not list(empty_cache.glob("kernel/.*new*"))


@pytest.mark.skipif(not any(os.path.exists(k) for k in debian.KEYRINGS),
                    reason="debian-archive-keyring is not installed")
def test_repository_without_signature_is_refused(empty_cache, tmp_path, monkeypatch):
    repo = tmp_path / "mirror" / "dists" / debian.release() / "main" / "binary-amd64"
    repo.mkdir(parents=True)
    (repo / "Packages").write_text("")
    (repo.parents[1] / "Release").write_text("Codename: x\n")
    monkeypatch.setenv("VOY_DEBIAN_MIRROR", f"file://{tmp_path}/mirror")
    with pytest.raises(cache.CacheError, match="not signed|signature"):
        fetch.kernel()


def test_no_apt_on_the_machine_is_told(empty_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(cache.CacheError, match="apt-get is not on this machine"):
        with debian.Apt("x", []):
            pass


def test_firmware_path_is_searched_before_all_else(empty_cache, tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "iwlwifi-7260-17.ucode").write_bytes(b"x")
    monkeypatch.setenv("VOY_FIRMWARE_PATH", f"{tmp_path}/a:{tmp_path}/b")
    assert fetch.firmware("iwlwifi-7260-17.ucode") == tmp_path / "b" / "iwlwifi-7260-17.ucode"


def test_cache_directory_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOY_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(cache.CacheError, match="set VOY_CACHE to a directory"):
        cache.directory()


def test_product_is_built_once_by_concurrent_runs(empty_cache):
    built = []

    def build(tmp):
        built.append(tmp)
        (tmp / "f").write_text("whole")
        return {"version": 1}

    threads = [threading.Thread(target=cache.product, args=("p", build)) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(built) == 1
    assert (empty_cache / "p" / "f").read_text() == "whole"
    assert cache.stamp(empty_cache / "p")["version"] == 1


def test_product_whose_building_fails_is_not_there_and_is_built_next_time(empty_cache):
    def fail(tmp):
        (tmp / "half").touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(cache.CacheError, match="no space left.*VOY_CACHE"):
        cache.product("p", fail)
    assert [p.name for p in empty_cache.iterdir()] == [".p.lock"]
    assert cache.product("p", lambda tmp: {}).is_dir()


def test_product_of_a_killed_run_is_swept_and_a_changed_key_rebuilds(empty_cache):
    cache.directory()
    (empty_cache / ".p.new-dead").mkdir()
    cache.product("p", lambda tmp: (tmp / "a").touch(), key="1")
    assert not (empty_cache / ".p.new-dead").exists()
    cache.product("p", lambda tmp: (tmp / "b").touch(), key="2")
    assert sorted(p.name for p in (empty_cache / "p").iterdir()) == ["b", cache.STAMP]


@pytest.mark.skipif(not os.path.exists("/usr/bin/dpkg-deb"), reason="dpkg is not installed")
def test_unpack_keeps_what_was_asked_for_and_nothing_outside(tmp_path):
    root = tmp_path / "pkg"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text("Package: x\nVersion: 1\nArchitecture: all\n"
                                         "Maintainer: n <n@example.org>\nDescription: x\n")
    (root / "usr/share").mkdir(parents=True)
    (root / "usr/share/keep").write_text("k")
    (root / "usr/share/drop").write_text("d")
    deb = tmp_path / "x.deb"
    subprocess.run(["dpkg-deb", "--build", root, deb], check=True, stdout=subprocess.DEVNULL)
    debian.unpack(deb, tmp_path / "out", lambda p: p.endswith("/keep"))
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["keep"]
    deb.write_bytes(deb.read_bytes()[:200])
    with pytest.raises((cache.CacheError, tarfile.TarError)):
        debian.unpack(deb, tmp_path / "out2")


def test_everything_cached_is_answered_without_apt(tmp_path):
    code = "from voyageur import fetch, cache; print(fetch.kernel().release)"
    tools = pathlib.Path(fetch.__file__).resolve().parents[1]
    if not cache.stamp(cache.directory() / "kernel" / debian.release()):
        pytest.skip("no kernel in the cache")
    p = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                       env={"PYTHONPATH": str(tools), "PATH": str(tmp_path),
                            "VOY_CACHE": str(cache.directory())})
    assert p.returncode == 0 and p.stdout.strip(), p.stderr
