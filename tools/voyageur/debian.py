# SPDX-License-Identifier: BSD-2-Clause
"""Debian packages without installing them: a private apt, as a plain user.

apt does the work that must not be redone badly: it verifies the archive's signatures, resolves
dependencies and checks every file's hash.  It is given directories of its own under the build
cache, so that the system's lists, cache and package database are neither read nor written; what
it keeps of the machine's configuration is how to reach the network (proxies, certificates).

    with debian.Apt("bookworm", debian.release_sources(("main", "non-free-firmware"))) as apt:
        for deb in apt.download(["firmware-iwlwifi"], closure=False):
            debian.unpack(deb, tmpdir)
"""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse

from . import cache

KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",
            "/usr/share/keyrings/debian-archive-keyring.pgp",
            "/etc/apt/trusted.gpg.d/debian-archive-keyring.gpg")
DEFAULT_RELEASE = "bookworm"

CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear Acquire::Languages;
APT::Sandbox::User "";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures {{ "amd64"; }};
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "true";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Dir::State "{root}/state";
Dir::State::lists "{root}/lists";
Dir::State::status "{root}/state/status";
Dir::Cache "{root}/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "{root}/empty";
Dir::Etc::preferences "{root}/empty/none";
Dir::Etc::preferencesparts "{root}/empty";
"""


def etc_apt():
    """The machine's apt directory (VOY_ETC_APT names another one, for tests)."""
    return os.environ.get("VOY_ETC_APT", "/etc/apt")


def release():
    """The Debian release to take kernel and firmware from: this machine's, if it runs one."""
    fields = {}
    try:
        with open("/etc/os-release", encoding="utf-8") as f:
            for line in f:
                k, _, v = line.strip().partition("=")
                fields[k] = v.strip('"')
    except OSError:
        pass
    name = fields.get("VERSION_CODENAME")
    return name if fields.get("ID") == "debian" and name else DEFAULT_RELEASE


def _configured_uris():
    """All archive URIs in the machine's apt configuration, in order, options dropped."""
    uris = []
    root = etc_apt()
    lists = [os.path.join(root, "sources.list")]
    lists += sorted(glob.glob(os.path.join(root, "sources.list.d", "*.list")))
    for path in lists:
        for line in _lines(path):
            m = re.match(r"deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s", line)
            if m:
                uris.append(m.group(1))
    for path in sorted(glob.glob(os.path.join(root, "sources.list.d", "*.sources"))):
        for stanza in re.split(r"\n\s*\n", "\n".join(_lines(path))):
            if re.search(r"^Enabled:\s*(no|false)", stanza, re.M | re.I):
                continue
            m = re.search(r"^URIs:((?:[ \t]+\S+)+)", stanza, re.M | re.I)
            if m:
                uris += m.group(1).split()
    return uris


def _lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return [line.rstrip("\n") for line in f if not line.lstrip().startswith("#")]
    except OSError:
        return []


def mirrors():
    """(archive URI, security URI or None) of the Debian mirror to use; raises CacheError."""
    override = os.environ.get("VOY_DEBIAN_MIRROR")
    if override:
        return override.rstrip("/"), None
    main = security = None
    for uri in _configured_uris():
        last = urllib.parse.urlparse(uri).path.rstrip("/").rsplit("/", 1)[-1]
        if last == "debian-security":
            security = security or uri.rstrip("/")
        elif last == "debian":
            main = main or uri.rstrip("/")
    if not main:
        raise cache.CacheError(
            f"download: no Debian mirror in {etc_apt()}/sources.list or sources.list.d; "
            "set VOY_DEBIAN_MIRROR to the address of one (http://MIRROR/debian)")
    return main, security


def keyring():
    """The file with the archive's signing keys; raises CacheError when it is not installed."""
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise cache.CacheError(f"download: {KEYRINGS[0]} is not there, so nothing can be verified; "
                           "install the package debian-archive-keyring")


def release_sources(components, suite=None):
    """sources.list lines of one release, with its security updates when the machine has them."""
    main, security = mirrors()
    suite = suite or release()
    out = [_source(main, suite, components)]
    if security and suite == release():
        out.append(_source(security, f"{suite}-security", components))
    return out


def backports_sources(suite, components=("main",)):
    """sources.list lines of a release and its backports."""
    main, _ = mirrors()
    return [_source(main, suite, components), _source(main, f"{suite}-backports", components)]


def _source(uri, suite, components):
    return f"deb [signed-by={keyring()}] {uri} {suite} {' '.join(components)}"


class Apt:
    """One private apt: a set of sources with its own lists, cache and (pretended) status.

    A context manager: inside it no other process uses the same set, and on leaving it without
    an error the downloaded .deb files, unpacked by then, are removed.
    """

    def __init__(self, name, sources, assume=()):
        """`assume`: packages to treat as installed, so that closures do not pull them in."""
        self.root = cache.directory() / "apt" / name
        self.name, self.sources, self.assume = name, sources, assume
        self.changed, self.held = False, None

    def __enter__(self):
        for tool in ("apt-get", "apt-cache", "dpkg-deb"):
            if not shutil.which(tool):
                raise cache.CacheError(f"download: {tool} is not on this machine; files are "
                                       "taken from Debian packages, which needs apt and dpkg")
        self.held = cache.lock(f"apt-{self.name}")
        self.held.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.held.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, *exc):
        if kind is None:
            for deb in (self.root / "cache" / "archives").glob("*.deb"):
                deb.unlink(missing_ok=True)
        self.held.__exit__(None, None, None)

    def _prepare(self):
        try:
            for d in ("lists/partial", "cache/archives/partial", "state", "empty"):
                (self.root / d).mkdir(parents=True, exist_ok=True)
            self._write("apt.conf", CONF.format(root=self.root))
            self._write("state/status", "".join(
                f"Package: {p}\nStatus: install ok installed\nMaintainer: none\n"
                f"Architecture: {'amd64' if p.startswith('lib') else 'all'}\n"
                f"Multi-Arch: foreign\nVersion: 99:99\nDescription: assumed\n\n" for p in self.assume))
            self.changed = self._write("sources.list", "\n".join(self.sources) + "\n")
        except OSError as e:
            raise cache.explain_oserror("download", self.root, e) from e

    def _write(self, name, text):
        path = self.root / name
        if path.exists() and path.read_text() == text:
            return False
        path.write_text(text)
        return True

    def _run(self, tool, *args, loud=False, cwd=None):
        env = dict(os.environ, LC_ALL="C.UTF-8", DEBIAN_FRONTEND="noninteractive")
        argv = [tool, "-c", str(self.root / "apt.conf"), *args]
        if loud and sys.stderr.isatty():
            p = subprocess.run(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                               stdout=sys.stderr.fileno(), stderr=subprocess.PIPE, check=False)
        else:
            p = subprocess.run(argv + (["-qq"] if tool == "apt-get" else []), env=env, cwd=cwd,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               check=False)
        if p.returncode != 0:
            raise cache.CacheError(self._explain(args[0], p.stderr or p.stdout or ""))
        return p.stdout

    def _explain(self, doing, text):
        """What went wrong, from apt's own messages: thing, cause and mend."""
        errors = [l[3:] for l in text.splitlines() if l.startswith("E: ")] or text.splitlines()
        first = errors[0].strip() if errors else "no message"
        low = text.lower()
        if "no space left" in low or "enough free space" in low:
            mend = "the disk is full: free some, or set VOY_CACHE to a place with 1 GiB free"
        elif re.search(r"could not (connect|resolve)|temporary failure|connection (refused|timed"
                       r"|failed)|unable to connect|network is unreachable", low):
            mend = ("the mirror cannot be reached: check the network or proxy, or set "
                    "VOY_DEBIAN_MIRROR to another mirror")
        elif "403" in low or "404" in low:
            mend = "the mirror refused: set VOY_DEBIAN_MIRROR to a full Debian mirror"
        elif "not signed" in low or "no_pubkey" in low or "gpg" in low or "invalid sig" in low:
            mend = "the archive's signature is not good: update debian-archive-keyring"
        elif "unable to locate package" in low:
            mend = "correct the name, or set VOY_DEBIAN_MIRROR to a full Debian mirror"
        else:
            mend = "see apt's message above; VOY_DEBIAN_MIRROR chooses another mirror"
        return f"download ({self.name}, apt {doing}): {first}; {mend}"

    def update(self):
        """Bring the package lists up to date."""
        cache.say(f"{self.name}: reading Debian's package lists")
        try:
            self._run("apt-get", "update", loud=True)
        except cache.CacheError:
            (self.root / "sources.list").unlink(missing_ok=True)
            raise
        self.changed = False

    def ready(self):
        """Package lists are there (of any age)."""
        if self.changed or not list((self.root / "lists").glob("*Packages*")):
            self.update()

    def show(self, package, field, target=None):
        """A field of the package's candidate version, or None."""
        self.ready()
        args = ["show", "--no-all-versions", package]
        out = self._run("apt-cache", *(["-t", target] if target else []), *args)
        m = re.search(rf"^{field}: (.*)$", out, re.M)
        return m.group(1) if m else None

    def download(self, packages, closure=True, target=None):
        """Fetch packages (with what they depend on); return the paths of the .deb files.

        Already downloaded files are taken as they are after apt has checked their hashes; when
        the mirror has moved on since the lists were read, they are read again once.
        """
        self.ready()
        try:
            return self._download(packages, closure, target)
        except cache.CacheError:
            self.update()
            return self._download(packages, closure, target)

    def _download(self, packages, closure, target):
        suite = ["-t", target] if target else []
        if not closure:
            return self._download_only(["download", *suite], packages)
        args = ["install", "--download-only", "-y", *suite]
        uris = self._run("apt-get", "install", "-y", "--print-uris", *suite, *packages)
        names = re.findall(r"^'[^']*' (\S+) \d+", uris, re.M)
        cache.say(f"{self.name}: downloading {len(names)} Debian packages")
        self._run("apt-get", *args, *packages, loud=True)
        archives = self.root / "cache" / "archives"
        return [archives / n for n in names]

    def _download_only(self, args, packages):
        archives = self.root / "cache" / "archives"
        cache.say(f"{self.name}: downloading {' '.join(packages)}")
        self._run("apt-get", *args, *packages, loud=True, cwd=archives)
        out = []
        for p in packages:
            found = sorted(archives.glob(f"{p}_*.deb"), key=lambda f: f.stat().st_mtime)
            if not found:
                raise cache.CacheError(f"download: {p}: apt fetched nothing")
            out.append(found[-1])
        return out


def unpack(deb, into, keep=None):
    """Unpack a .deb's files below `into`; keep(path) chooses (paths like "usr/bin/x")."""
    p = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    try:
        with tarfile.open(fileobj=p.stdout, mode="r|") as tar:
            for m in tar:
                m.name = os.path.normpath(m.name)
                if m.name.startswith(("..", "/")) or m.isdev():
                    continue
                if m.isdir() or keep is None or keep(m.name):
                    m.uid, m.gid, m.uname, m.gname = os.getuid(), os.getgid(), "", ""
                    m.mode = (m.mode | 0o600) & 0o777
                    tar.extract(m, into, set_attrs=not m.issym(), numeric_owner=True)
        while p.stdout.read(65536):
            pass
    except tarfile.TarError as e:
        raise cache.CacheError(f"download: {pathlib.Path(deb).name}: cannot be unpacked "
                               f"({e}); remove it and run again") from e
    finally:
        p.stdout.close()
        err = p.stderr.read().decode(errors="replace").strip()
        p.stderr.close()
        rc = p.wait()
    if rc != 0:
        raise cache.CacheError(f"download: {pathlib.Path(deb).name}: dpkg-deb: {err}")
