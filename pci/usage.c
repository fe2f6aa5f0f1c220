/* SPDX-License-Identifier: BSD-2-Clause */
/* Who would miss a device: network interfaces that are up, mounted disks, swap, VFIO users. */
#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci/path.h"
#include "pci/pci.h"

#define DEPTH_MAX	16	/* a disk at a USB hub lies ten levels below its controller */

struct search {
	const struct pci_host	*host;
	const char		*bdf;
	struct pci_text		*why, *mend;
};

/* Write thing, cause and mend; true, so that a check can return it. */
static bool __attribute__((format(printf, 2, 3)))
found(struct pci_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->s, sizeof(t->s), fmt, ap);
	va_end(ap);
	return true;
}

static bool
read_line(const char *path, struct pci_text *t)
{
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(t->s, sizeof(t->s), f) != NULL;

	if (f != NULL)
		fclose(f);
	t->s[ok ? strcspn(t->s, "\n") : 0] = '\0';
	return ok;
}

static bool
net_used(const struct search *s, const char *dir, const char *ifname)
{
	char path[PATH_MAX];
	struct pci_text t;

	pci_path(path, "%s/%s/flags", dir, ifname);
	if (!read_line(path, &t) || (strtoul(t.s, NULL, 16) & IFF_UP) == 0)
		return false;
	pci_path(path, "%s/run/NetworkManager", s->host->root);
	found(s->why, "%s: network interface %s is up", s->bdf, ifname);
	if (access(path, F_OK) == 0)
		return found(s->mend, "nmcli device set %s managed no && ip link set %s down",
		    ifname, ifname);
	return found(s->mend, "ip link set %s down", ifname);
}

/* A file whose lines begin with a device: /proc/self/mounts, /proc/swaps. */
static bool
is_listed(const struct search *s, const char *file, const char *disk, const char *what,
    const char *undo)
{
	char path[PATH_MAX], dev[256], line[1024];
	bool hit = false;
	FILE *f;

	pci_path(path, "%s%s", s->host->root, file);
	f = fopen(path, "re");
	while (f != NULL && !hit && fgets(line, sizeof(line), f) != NULL)
		hit = sscanf(line, "/dev/%255s", dev) == 1 && strcmp(dev, disk) == 0;
	if (f != NULL)
		fclose(f);
	if (!hit)
		return false;
	found(s->why, "%s: /dev/%s is %s", s->bdf, disk, what);
	return found(s->mend, "%s /dev/%s", undo, disk);
}

/*
 * By number: the name that a mount goes by may be another than the disk's (/dev/root,
 * /dev/disk/by-uuid/...).  Of a file system on several disks only the name tells.
 */
static bool
is_mounted(const struct search *s, const char *dir, const char *disk)
{
	char path[PATH_MAX], number[32], line[1024];
	struct pci_text dev;
	bool hit = false;
	FILE *f;

	if (!pci_path(path, "%s/%s/dev", dir, disk) || !read_line(path, &dev))
		return false;
	pci_path(path, "%s/proc/self/mountinfo", s->host->root);
	f = fopen(path, "re");
	while (f != NULL && !hit && fgets(line, sizeof(line), f) != NULL)
		hit = sscanf(line, "%*u %*u %31s", number) == 1 && strcmp(number, dev.s) == 0;
	if (f != NULL)
		fclose(f);
	if (!hit)
		return false;
	found(s->why, "%s: /dev/%s is mounted", s->bdf, disk);
	return found(s->mend, "umount /dev/%s", disk);
}

/* Device mapper, RAID and the like hold a disk without a mount of its own. */
static bool
is_held(const struct search *s, const char *dir, const char *disk)
{
	char path[PATH_MAX];
	struct dirent *e;
	bool hit = false;
	DIR *d;

	pci_path(path, "%s/%s/holders", dir, disk);
	d = opendir(path);
	while (d != NULL && !hit && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		hit = found(s->why, "%s: disk %s is part of %s", s->bdf, disk, e->d_name);
		found(s->mend, "take %s out of use first (umount, dmsetup or mdadm)", e->d_name);
	}
	if (d != NULL)
		closedir(d);
	return hit;
}

/* A whole disk or a partition; either may be mounted, swapped to or held by itself. */
static bool
disk_used(const struct search *s, const char *dir, const char *name)
{
	return is_listed(s, "/proc/self/mounts", name, "mounted", "umount") ||
	    is_mounted(s, dir, name) ||
	    is_listed(s, "/proc/swaps", name, "swap space", "swapoff") || is_held(s, dir, name);
}

/*
 * Is the folder dir/name a device of the class, by its link "subsystem"?  The folders' places
 * do not tell: a SATA disk is in one called "block", that of an NVMe controller is not.
 */
static bool
is_class(const char *dir, const char *name, const char *class)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base;
	ssize_t n;

	if (!pci_path(path, "%s/%s/subsystem", dir, name))
		return false;
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	base = strrchr(target, '/');
	return strcmp(base != NULL ? base + 1 : target, class) == 0;
}

/* Look below the device's folder, following no symbolic link (they lead out of it). */
static bool
search(const struct search *s, const char *dir, int depth)
{
	char path[PATH_MAX];
	struct dirent *e;
	struct stat st;
	bool hit = false;
	DIR *d = depth < DEPTH_MAX ? opendir(dir) : NULL;

	while (d != NULL && !hit && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || !pci_path(path, "%s/%s", dir, e->d_name) ||
		    lstat(path, &st) == -1 || !S_ISDIR(st.st_mode))
			continue;
		hit = (is_class(dir, e->d_name, "net") && net_used(s, dir, e->d_name)) ||
		    (is_class(dir, e->d_name, "block") && disk_used(s, dir, e->d_name)) ||
		    search(s, path, depth + 1);
	}
	if (d != NULL)
		closedir(d);
	return hit;
}

bool
pci_in_use(const struct pci_host *h, const char *bdf, struct pci_text *why,
    struct pci_text *mend)
{
	struct search s = { .host = h, .bdf = bdf, .why = why, .mend = mend };
	char path[PATH_MAX];

	/* With the slash, so that the entry itself, a link, is followed. */
	pci_path(path, "%s/sys/bus/pci/devices/%s/", h->root, bdf);
	return search(&s, path, 0);
}

/* Does the process have the file open? */
static bool
has_open(const char *fddir, const char *file)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct dirent *e;
	bool hit = false;
	DIR *d = opendir(fddir);

	while (d != NULL && !hit && (e = readdir(d)) != NULL) {
		ssize_t n;

		pci_path(path, "%s/%s", fddir, e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		hit = n > 0 && strcmp(target, file) == 0;
	}
	if (d != NULL)
		closedir(d);
	return hit;
}

int
pci_group_holder(const struct pci_host *h, int group, struct pci_text *comm)
{
	char proc[PATH_MAX], path[PATH_MAX], file[64];
	struct dirent *e;
	int pid = 0;
	DIR *d;

	pci_path(proc, "%s/proc", h->root);
	snprintf(file, sizeof(file), "/dev/vfio/%d", group);
	d = opendir(proc);
	while (d != NULL && pid == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		pci_path(path, "%s/%s/fd", proc, e->d_name);
		if (!has_open(path, file))
			continue;
		pid = atoi(e->d_name);
		pci_path(path, "%s/%d/comm", proc, pid);
		read_line(path, comm);
	}
	if (d != NULL)
		closedir(d);
	return pid;
}
