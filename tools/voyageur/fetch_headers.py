# SPDX-License-Identifier: BSD-2-Clause
"""The headers that FreeBSD, NetBSD and OpenBSD install, out of PyPI's package ziglang.

Zig's compiler can build for these systems, so its package has their /usr/include; which releases'
that is depends on the package's version.  They are an extra, about 90 MB to download and up to
40 MB in the cache for each: `voy port` takes them when they are there (named by an environment
variable, in the cache, or in an installed ziglang), and else gets them unless --no-fetch says
not to.

    folder = fetch_headers.here(False)              # a Path; or a str: why there are none
    folder = fetch_headers.here(False, "0.15.2")    # of another version of the package
"""
import importlib.metadata
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

from . import cache

# Versions of the package, and whose headers are taken of each; releases are in tools/port, as the
# package itself has them (lib/std/Target.zig: the newest version of a system that it knows).
PACKAGES = {"0.17.1": ("freebsd", "netbsd", "openbsd"), "0.16.0": ("openbsd",),
            "0.15.2": ("freebsd", "netbsd")}
NEWEST = "0.17.1"
INSIDE = "ziglang/lib/libc/include/"
MEND = ("voy port DRIVER without --no-fetch downloads them (PyPI's ziglang, 90 MB), or name their "
        "folder in VOY_ZIG_HEADERS (of an older package: in VOY_ZIG_HEADERS_0_15_2)")
TIMEOUT = 1800      # seconds for the download


def here(fetch, package=NEWEST):
    """Where a package's headers are, or a text that says why there are none; `fetch`: get them."""
    named = os.environ.get(variable(package))
    if named:
        if not any(_ours(package, n) for n in _names(named)):
            raise cache.CacheError(f"{variable(package)}={named}: there is no folder like "
                                   f"{_sign(package)} in it; name ziglang's lib/libc/include")
        return pathlib.Path(named)
    product = "bsd-headers" if package == NEWEST else f"bsd-headers-{package}"
    cached = cache.directory() / product
    if (cache.stamp(cached) or {}).get("key") == _key(package):
        return cached
    found = _installed(package)
    if found or not fetch:
        return found or f"ziglang {package}'s headers are not in the cache"
    return cache.product(product, lambda tmp: _build(tmp, package), _key(package))


def variable(package):
    """The environment variable that may name a package's headers."""
    return "VOY_ZIG_HEADERS" + ("" if package == NEWEST else "_" + package.replace(".", "_"))


def _key(package):
    """What a set in the cache depends on: the package, and of an older one what was kept."""
    return package if package == NEWEST else " ".join((package, *PACKAGES[package]))


def _ours(package, name):
    """True for a folder of headers of a system that is wanted of the package."""
    m = re.fullmatch(r"[\w.-]+-(freebsd|netbsd|openbsd)(-[\w.]+)?", name)
    return bool(m) and m[1] in PACKAGES[package]


def _sign(package):
    """A folder that is in the package for certain."""
    return f"generic-{'netbsd' if 'netbsd' in PACKAGES[package] else PACKAGES[package][0]}"


def _installed(package):
    """The headers of a ziglang that this Python has, if it is of about that version, or None."""
    try:
        version = importlib.metadata.version("ziglang")
    except importlib.metadata.PackageNotFoundError:
        return None
    if version.split(".")[:2] != package.split(".")[:2]:
        return None
    spec = importlib.util.find_spec("ziglang")
    for place in spec.submodule_search_locations or () if spec else ():
        folder = pathlib.Path(place) / "lib/libc/include"
        if folder.is_dir():
            return folder
    return None


def _names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _build(tmp, package):
    """Download the wheel and keep the headers of the BSDs."""
    cache.say(f"headers of the BSDs: downloading PyPI's ziglang {package} (90 MB)")
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary",
            ":all:", "--disable-pip-version-check", "--retries", "2", "--timeout", "20",
            "--dest", str(tmp / "w"), f"ziglang=={package}"]
    try:
        p = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                           timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise cache.CacheError(f"ziglang: pip download: {e}; try again") from e
    wheels = list((tmp / "w").glob("ziglang-*.whl"))
    if p.returncode != 0 or not wheels:
        said = (p.stderr or p.stdout).strip().splitlines() or ["nothing"]
        raise cache.CacheError(f"ziglang: pip download said: {said[-1]}; pip and PyPI are needed "
                               "(Debian's package python3-pip), or VOY_ZIG_HEADERS")
    version = wheels[0].name.split("-")[1]
    _unpack(wheels[0], tmp, package)
    shutil.rmtree(tmp / "w")
    if not (tmp / _sign(package)).is_dir():
        raise cache.CacheError(f"ziglang {version}: its wheel has no headers of the BSDs where "
                               f"they were ({INSIDE}); name their folder in VOY_ZIG_HEADERS")
    return {"version": version}


def _unpack(wheel, tmp, package):
    with zipfile.ZipFile(wheel) as z:
        for info in z.infolist():
            rest = info.filename.removeprefix(INSIDE)
            top = rest.partition("/")[0]
            if rest == info.filename or info.is_dir() or not _ours(package, top) \
                    or ".." in rest.split("/"):
                continue
            to = tmp / rest
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(z.read(info))
