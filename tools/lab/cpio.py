# SPDX-License-Identifier: BSD-2-Clause
"""A writer of cpio "newc" archives, the format of a Linux initramfs.

Archives may be concatenated: a later one adds to what the earlier ones unpacked.  (Format:
Documentation/driver-api/early-userspace/buffer-format.rst of the Linux kernel.)

    a = Archive()
    a.file("/bin/hello", data, 0o755)
    a.link("/bin/hi", "hello")
    blob = a.finish()
"""
import os
import stat


class Archive:
    """Collects entries in memory; parent directories are made as needed."""

    def __init__(self):
        self.parts, self.seen, self.ino = [], set(), 0

    def _entry(self, path, mode, data=b"", rdev=(0, 0), mtime=0):
        self.ino += 1
        name = path.strip("/").encode() + b"\0"
        fields = (self.ino, mode, 0, 0, 1, mtime, len(data), 0, 0, rdev[0], rdev[1],
                  len(name), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
        self.parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]

    def _new(self, path):
        if path in self.seen:
            return False
        parent = os.path.dirname(path)
        if parent not in ("", "/"):
            self.directory(parent)
        self.seen.add(path)
        return True

    def directory(self, path, mode=0o755):
        """A directory."""
        if path not in ("", "/") and self._new(path):
            self._entry(path, stat.S_IFDIR | mode)

    def file(self, path, data, mode=0o644):
        """A regular file with the given bytes; the first entry of a name wins."""
        if self._new(path):
            self._entry(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        """A symbolic link."""
        if self._new(path):
            self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def chardev(self, path, major, minor):
        """A character device node."""
        if self._new(path):
            self._entry(path, stat.S_IFCHR | 0o600, rdev=(major, minor))

    def copy(self, host, guest):
        """A file of the host (symbolic links followed), with its permissions."""
        with open(host, "rb") as f:
            self.file(guest, f.read(), stat.S_IMODE(os.fstat(f.fileno()).st_mode))

    def finish(self):
        """The archive; nothing can be added afterwards."""
        self._entry("TRAILER!!!", 0)
        blob = b"".join(self.parts)
        return blob + bytes(-len(blob) % 512)
