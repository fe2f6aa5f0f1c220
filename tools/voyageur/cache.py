# SPDX-License-Identifier: BSD-2-Clause
"""The build cache: where downloaded and derived files live, outside the source tree.

A *product* is a directory of the cache that is there whole or not at all.  It is built in a
temporary directory beside its final place, stamped, and renamed, under a lock file, so that two
runs at once build it once and a run that dies half-way leaves nothing that looks finished.

    path = cache.product("firmware", "20230210-5", build)    # build(tmpdir) fills tmpdir

The cache directory is $VOY_CACHE, else $XDG_CACHE_HOME/voyageur, else ~/.cache/voyageur.
"""
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import shutil
import sys
import tempfile

STAMP = "voy-stamp.json"


class CacheError(Exception):
    """Something the cache needs is not to be had; the text names thing, cause and mend."""


def directory():
    """The cache directory, made on first use; raises CacheError when it cannot be made."""
    base = os.environ.get("VOY_CACHE")
    if not base:
        xdg = os.environ.get("XDG_CACHE_HOME")
        base = os.path.join(xdg, "voyageur") if xdg else os.path.expanduser("~/.cache/voyageur")
    path = pathlib.Path(base).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise CacheError(f"cache: {path}: {e.strerror}; set VOY_CACHE to a directory "
                         "that can be written") from e
    return path


def explain_oserror(what, path, e):
    """A CacheError for an OSError met while `what` was done at `path`."""
    if e.errno == errno.ENOSPC:
        return CacheError(f"{what}: {path}: no space left on this file system; free some, "
                          "or set VOY_CACHE to a directory with about 1 GiB free")
    return CacheError(f"{what}: {path}: {e.strerror or e}")


def say(text):
    """Progress for a person: on a terminal only, and never on stdout."""
    if sys.stderr.isatty():
        print(f"voy: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def lock(name):
    """Hold the cache's lock NAME (other processes wait); says so on a terminal when it waits."""
    path = directory() / f".{name}.lock"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as e:
        raise explain_oserror("cache lock", path, e) from e
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is preparing {name}; waiting for it")
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def stamp(path):
    """The stamp (a dict) of the product at `path`, or None when it is not there whole."""
    try:
        with open(os.path.join(path, STAMP), encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def product(name, build, key=None):
    """The directory of product NAME, built when missing or stamped with another `key`.

    `build(tmpdir)` fills a new directory and returns a dict for the stamp (versions and the
    like).  `key` is what the product depends on; None accepts any.  Raises CacheError.
    """
    path = directory() / name
    if _good(path, key):
        return path
    with lock(name.replace("/", "-")):
        if _good(path, key):
            return path
        _build(path, build, key)
    return path


def _good(path, key):
    s = stamp(path)
    return s is not None and (key is None or s.get("key") == key)


def _build(path, build, key):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        tmp = tempfile.mkdtemp(prefix=f".{path.name}.new-", dir=path.parent)
    except OSError as e:
        raise explain_oserror("cache", path, e) from e
    try:
        os.chmod(tmp, 0o755)
        info = dict(build(pathlib.Path(tmp)) or {})
        info["key"] = key
        with open(os.path.join(tmp, STAMP), "w", encoding="utf-8") as f:
            json.dump(info, f, indent=1)
        if path.exists():
            old = tempfile.mkdtemp(prefix=f".{path.name}.old-", dir=path.parent)
            os.rename(path, os.path.join(old, "x"))
            os.rename(tmp, path)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(tmp, path)
    except OSError as e:
        raise explain_oserror("cache", path, e) from e
    finally:
        shutil.rmtree(tmp, ignore_errors=True)


def _sweep(path):
    """Remove what earlier builds of this product left when they were killed (lock is held)."""
    for left in path.parent.glob(f".{path.name}.*-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def boot_id():
    """An id of this boot of the machine; verdicts about its hardware are kept per boot."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
            return f.read().strip()
    except OSError:
        return "unknown"
