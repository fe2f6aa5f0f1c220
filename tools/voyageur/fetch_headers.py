# SPDX-License-Identifier: BSD-2-Clause
"""The headers that FreeBSD, NetBSD and OpenBSD install, out of PyPI's package ziglang.

Zig's compiler can build for these systems, so its package has their /usr/include.  They are an
extra, about 90 MB to download and 40 MB in the cache: `voy port` takes them when they are there
(named by VOY_ZIG_HEADERS, in the cache, or in an installed ziglang), and else gets them unless
--no-fetch says not to.

    folder = fetch_headers.here(False)      # a Path; or a str: why there are none
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

from . import cache

PRODUCT = "bsd-headers"
VERSION = "0.17.1"      # NetBSD 10.1, OpenBSD 7.8, FreeBSD 15.0, as tools/port has it
INSIDE = "ziglang/lib/libc/include/"
SYSTEMS = re.compile(r"[\w.-]+-(freebsd|netbsd|openbsd)(-[\w.]+)?$")
MEND = ("voy port DRIVER without --no-fetch downloads them (PyPI's ziglang, 90 MB), or name their "
        "folder in VOY_ZIG_HEADERS")
TIMEOUT = 1800      # seconds for the download


def here(fetch):
    """Where the headers are, or a text that says why there are none; `fetch`: get them."""
    named = os.environ.get("VOY_ZIG_HEADERS")
    if named:
        if not any(SYSTEMS.match(n) for n in _names(named)):
            raise cache.CacheError(f"VOY_ZIG_HEADERS={named}: there is no folder like "
                                   "generic-netbsd in it; name ziglang's lib/libc/include")
        return pathlib.Path(named)
    cached = cache.directory() / PRODUCT
    if cache.stamp(cached):
        return cached
    found = _installed()
    if found or not fetch:
        return found or "ziglang's headers are not in the cache"
    return cache.product(PRODUCT, _build, VERSION)


def _installed():
    """The headers of a ziglang that this Python has, or None."""
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


def _build(tmp):
    """Download the wheel and keep the headers of the BSDs."""
    cache.say("headers of the BSDs: downloading PyPI's ziglang (90 MB)")
    argv = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary",
            ":all:", "--disable-pip-version-check", "--retries", "2", "--timeout", "20",
            "--dest", str(tmp / "w"), f"ziglang=={VERSION}"]
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
    _unpack(wheels[0], tmp)
    shutil.rmtree(tmp / "w")
    if not (tmp / "generic-netbsd").is_dir():
        raise cache.CacheError(f"ziglang {version}: its wheel has no headers of the BSDs where "
                               f"they were ({INSIDE}); name their folder in VOY_ZIG_HEADERS")
    return {"version": version}


def _unpack(wheel, tmp):
    with zipfile.ZipFile(wheel) as z:
        for info in z.infolist():
            rest = info.filename.removeprefix(INSIDE)
            top = rest.partition("/")[0]
            if rest == info.filename or info.is_dir() or not SYSTEMS.match(top) \
                    or ".." in rest.split("/"):
                continue
            to = tmp / rest
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(z.read(info))
