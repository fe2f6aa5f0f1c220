# SPDX-License-Identifier: BSD-2-Clause
"""The headers that systems install: where they are looked for; drivers against the real ones."""
import pathlib
import re
import subprocess
import zipfile

import pytest

from voyageur import cache, fetch_headers, port_build, port_headers, port_system

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSIDE = fetch_headers.INSIDE
ALL = list(fetch_headers.PACKAGES)
NEW = [fetch_headers.NEWEST]
OLD = [p for p in ALL if p not in NEW]


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
    assert fetch_headers.here(False) == "ziglang 0.17.1's headers are not in the cache"


def test_only_headers_of_the_bsds_are_kept(pip):
    """And once here they are found without a download."""
    pip([INSIDE + n for n in ("generic-netbsd/sys/param.h", "x86_64-netbsd-none/machine/bus.h",
                              "generic-musl/stdio.h", "../generic-netbsd/evil.h",
                              "generic-netbsd/../../evil.h")] + ["ziglang/zig"])
    folder = fetch_headers.here(True)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert files == {"generic-netbsd/sys/param.h", "x86_64-netbsd-none/machine/bus.h", cache.STAMP}
    assert fetch_headers.here(False) == folder


def test_an_older_package_is_another_set(pip):
    """Beside the newest, and with the system's headers only that it is for."""
    pip([INSIDE + n for n in ("generic-netbsd/sys/param.h", "generic-openbsd/sys/param.h")])
    new, old = fetch_headers.here(True), fetch_headers.here(True, "0.16.0")
    assert new != old and (new / "generic-netbsd").is_dir()
    assert [p.name for p in old.iterdir() if p.is_dir()] == ["generic-openbsd"]


@pytest.mark.parametrize("names,why", [(None, "no network"), (["ziglang/zig"], "has no headers")])
def test_a_failed_download_is_explained(pip, names, why):
    """And leaves nothing that looks finished."""
    pip(names)
    with pytest.raises(cache.CacheError, match=why):
        fetch_headers.here(True)
    assert isinstance(fetch_headers.here(False), str)


def test_a_wrong_folder_is_explained(monkeypatch, tmp_path):
    """It is not taken for an empty set."""
    for package in fetch_headers.PACKAGES:
        monkeypatch.setenv(fetch_headers.variable(package), str(tmp_path))
        with pytest.raises(cache.CacheError, match="name ziglang's lib/libc/include"):
            fetch_headers.here(False, package)


def test_without_them_a_row_says_how_to_get_them(port, driver):
    """For each system that has such headers."""
    said = port(driver(), "--os", "netbsd", "--os", "freebsd")
    rows = [r for r in said.rows() if r["evidence"] == "installed headers"]
    assert {r["status"] for r in rows} == {"skip"}
    assert [(r["system"], r["release"]) for r in rows] == [
        ("netbsd", "10.1"), ("netbsd", "11.0"), ("freebsd", "14.3"), ("freebsd", "15.1")]
    assert all("--no-fetch" in r["mend"] for r in rows)


def test_a_download_that_fails_is_a_skipped_row(port, driver, monkeypatch):
    """What can be checked without is checked."""
    def fails(*_):
        raise cache.CacheError("no network")
    monkeypatch.setattr(cache, "product", fails)
    said = port(driver(), "--os", "netbsd", fetch=True)
    rows = [r for r in said.rows() if r["evidence"] == "installed headers"]
    assert {(r["status"], r["text"]) for r in rows} == {("skip", "no network")}
    assert "ok" in [r["status"] for r in said.rows() if r["evidence"] == "contract"]


@pytest.mark.parametrize("name", port_system.NAMES)
def test_what_a_description_names_is_there(name):
    """Files and folders of the shim, with each 802.11 stack; packages that are known."""
    system = port_system.find(name)
    for about in (system, *map(system.with_stack, system.data.get("stacks", ()))):
        assert all((ROOT / d).is_dir() for d in about.data["shim"])
        files = [f for group in about.data["files"].values() for f in group]
        assert [f for f in files if not (ROOT / f).is_file()] == []
        assert len({pathlib.Path(f).name for f in files}) == len(files)
    for about in system.data.get("installed", ()):
        assert name in fetch_headers.PACKAGES[about.get("package", fetch_headers.NEWEST)]


def test_a_tree_s_own_stack_is_recognized(tmp_path):
    """NetBSD's renewal has FreeBSD's net80211, for which there is another glue."""
    system = port_system.find("netbsd")
    assert system.of(tmp_path) == system
    (tmp_path / "net80211").mkdir()
    (tmp_path / "net80211/ieee80211_ratectl.h").write_text("")
    renewed = system.of(tmp_path)
    assert renewed.data["shim"] == ["shims/netbsd/renewal", "shims/netbsd"]
    assert "shims/vap/pdk80211_state.c" in renewed.data["files"]["radio"]
    assert renewed.data["files"]["always"] == system.data["files"]["always"]


@pytest.mark.parametrize("version, release", [(1300139, "13.0"), (1403000, "14.3"),
                                              (1500068, "15.0")])
def test_a_source_tree_says_its_release_itself(tmp_path, version, release):
    """What a shim's #if sees is the tree's, whichever releases there are headers of."""
    if not port_build.have("clang"):
        pytest.skip("clang is not installed")
    src = tmp_path / "src"
    for folder in ("sys", "kern", "tools", "amd64/include", "x86/include", "i386/include"):
        (src / "sys" / folder).mkdir(parents=True)
    for name in ("kern/subr_bus.c", "tools/makeobjops.awk"):
        (src / "sys" / name).write_text("")
    (src / "sys/sys/param.h").write_text(f"#define __FreeBSD_version {version}\n")
    (tmp_path / "x.c").write_text("#include <sys/param.h>\n_Static_assert(__FreeBSD_version == "
                                  f'{version}, "another release\'s");\n')
    found = port_headers.tree(tmp_path / "out", port_system.find("freebsd"), src, "amd64")
    assert found.release == release
    result = port_build.compile_all("clang", found.flags("clang"), [tmp_path / "x.c"],
                                    tmp_path / "objects")
    assert result.said == [] and len(result.objects) == 1


@pytest.fixture(scope="session")
def real():
    """The real headers, in this machine's cache, by variable; downloaded when they can be."""
    try:
        return {fetch_headers.variable(p): fetch_headers.here(True, p)
                for p in fetch_headers.PACKAGES}
    except cache.CacheError as e:
        pytest.skip(str(e))


def assert_layouts(out, driver):
    """Each packed structure has its size asserted, and the offset of each member."""
    asserted = "".join(p.read_text() for p in out.glob("wire-*.c"))
    source = "".join(p.read_text() for p in driver.iterdir() if p.suffix in (".c", ".h"))
    packed = re.findall(r"^struct (\w+) \{\n((?:(?!^\}).*\n)*)^\} __packed", source, re.M)
    assert len(packed) == len(re.findall(r"^\} __packed", source, re.M))
    for name, members in packed:
        assert f"sizeof(struct {name}) ==" in asserted, name
        names = re.findall(r"^\t[^\t}].*?\b(\w+)(?:\[[^;]*\])*;", members, re.M)
        assert names and set(names) <= set(re.findall(
            rf"offsetof\(struct {name}, (\w+)\)", asserted)), name


@pytest.mark.deadline(1800)
@pytest.mark.parametrize("name,compilers,machines,packages", [
    ("iwm", ["clang"], ["amd64"], NEW), ("conformnet", ["gcc"], ["amd64"], NEW),
    *(pytest.param(*row, marks=pytest.mark.thorough) for row in [
        ("edu", ["clang"], ["amd64"], ALL), ("conformnet", ["gcc"], ["amd64"], OLD),
        ("em", ["clang"], [], NEW), ("iwm", ["clang"], ["amd64", "macppc"], NEW),
        ("conform", ["gcc"], ["amd64"], OLD)])])
def test_drivers_build_with_the_headers_that_systems_install(
        real, port, monkeypatch, tmp_path, name, compilers, machines, packages):
    """Of NetBSD, OpenBSD and FreeBSD; linked, nothing unknown.  The thorough ones take
    turns: each compiler and each release sees each file of the shims, em and iwm 32 bits and big
    endian (voy port does it all)."""
    for package in packages:
        variable = fetch_headers.variable(package)
        monkeypatch.setenv(variable, str(real[variable]))
    releases = {(s, about["release"]) for s in ("netbsd", "openbsd", "freebsd")
                for about in port_system.find(s).data["installed"]
                if about.get("package", fetch_headers.NEWEST) in packages and "renewal" not in
                about["release"]}
    said = port(name, "--os", "netbsd", "--os", "openbsd", "--os", "freebsd",
                *(word for c in compilers for word in ("--compiler", c)),
                *(word for m in machines for word in ("--machine", m)))
    failed = [(r["system"], r["compiler"], r["unknown"]) for r in said.rows()
              if r["status"] == "fail"]
    assert failed == [] and said.texts() == [] and said.status == 0
    skipped = {r["compiler"] for r in said.rows() if r["status"] == "skip"} - {None}
    for compiler in compilers:
        rows = [r for r in said.rows() if r["evidence"] == "installed headers"
                and r["compiler"] == compiler and r["machine"] == "amd64" and r["status"] == "ok"]
        if compiler not in skipped:
            assert {(r["system"], r["release"]) for r in rows} == releases
            assert all(r["symbols"] > 20 for r in rows)
            vap = [r["status"] for r in said.rows("netbsd") if r["release"] == "renewal"
                   and r["compiler"] == compiler and r["machine"] == "amd64"]
            assert vap == (["ok"] if name == "conform" else [])     # its radio, and old headers
    assert_layouts(tmp_path / "out" / name, ROOT / "drivers" / name)
    seen = {(r["system"], r["machine"]) for r in said.rows() if r["status"] == "ok"}
    assert set(machines) - {"amd64"} <= {m for _, m in seen}
    assert machines or {("openbsd", "macppc"), ("openbsd", "armv7"), ("openbsd", "octeon"),
                        ("freebsd", "powerpc64")} <= seen
