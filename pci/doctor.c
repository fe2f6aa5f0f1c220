/* SPDX-License-Identifier: BSD-2-Clause */
/* What keeps a driver from a real card on this host, each with its mend. */
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/utsname.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci/doctor.h"
#include "pci/path.h"

/*
 * DMA memory, which VFIO pins and so counts: the harness takes it in pieces of 4 MiB, of which
 * most drivers need one.
 */
#define MEMLOCK_LEAST	((rlim_t)4 << 20)
#define MEMLOCK_AMPLE	((rlim_t)64 << 20)
#define CAP_IPC_LOCK_BIT 14

static void __attribute__((format(printf, 5, 6)))
say(struct doctor *d, const char *check, enum doctor_status status, const char *mend,
    const char *fmt, ...)
{
	struct pci_text t;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t.s, sizeof(t.s), fmt, ap);
	va_end(ap);
	if (status == DOCTOR_FAIL)
		d->failed++;
	d->report(d->arg, check, status, t.s, mend);
}

static bool
have(const struct doctor *d, const char *path, int mode)
{
	char full[PATH_MAX];

	pci_path(full, "%s%s", d->host->root, path);
	return access(full, mode) == 0;
}

static unsigned
count_entries(const struct doctor *d, const char *path)
{
	char full[PATH_MAX];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	pci_path(full, "%s%s", d->host->root, path);
	dir = opendir(full);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		n += e->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Does a line of the file contain the text? */
static bool
mentions(const struct doctor *d, const char *path, const char *text)
{
	char full[PATH_MAX], *line = NULL;
	size_t size = 0;
	bool hit = false;
	FILE *f;

	pci_path(full, "%s%s", d->host->root, path);
	f = fopen(full, "re");
	while (f != NULL && !hit && getline(&line, &size, f) != -1)
		hit = strstr(line, text) != NULL;
	free(line);
	if (f != NULL)
		fclose(f);
	return hit;
}

static void
check_iommu(struct doctor *d)
{
	unsigned n = count_entries(d, "/sys/kernel/iommu_groups");
	bool intel = mentions(d, "/proc/cpuinfo", "GenuineIntel");

	if (n > 0)
		say(d, "iommu", DOCTOR_OK, "", "IOMMU: on, %u groups", n);
	else if (mentions(d, "/proc/cmdline", "iommu=off"))
		say(d, "iommu", DOCTOR_FAIL, "remove `iommu=off` from the kernel's command line "
		    "and start the machine again", "IOMMU: switched off on the kernel's command line");
	else if (count_entries(d, "/sys/class/iommu") == 0)
		say(d, "iommu", DOCTOR_FAIL, intel ? "enable VT-d in the firmware set-up and put "
		    "`intel_iommu=on` on the kernel's command line" : "enable the IOMMU (AMD-Vi, "
		    "SMMU) in the firmware set-up", "IOMMU: none found by the kernel");
	else
		say(d, "iommu", DOCTOR_FAIL, intel ? "put `intel_iommu=on` on the kernel's command "
		    "line" : "put `iommu=pt` on the kernel's command line",
		    "IOMMU: present, but it translates for no device");
}

static void
check_module(struct doctor *d, const char *module, const char *proof)
{
	struct utsname u;
	char path[PATH_MAX], mend[128];
	char file[64];

	if (have(d, proof, F_OK)) {
		say(d, module, DOCTOR_OK, "", "%s: loaded", module);
		return;
	}
	uname(&u);
	snprintf(file, sizeof(file), "/%s.ko", module);
	pci_path(path, "/lib/modules/%s/modules.dep", u.release);
	if (mentions(d, path, file)) {
		snprintf(mend, sizeof(mend), "run `modprobe %s` as root", module);
		say(d, module, DOCTOR_FAIL, mend, "%s: not loaded", module);
	} else {
		say(d, module, DOCTOR_FAIL,
		    "install a kernel with VFIO (Debian: linux-image-amd64)",
		    "%s: not loaded, and kernel %s has no such module", module, u.release);
	}
}

static void
check_container(struct doctor *d)
{
	if (!have(d, "/dev/vfio/vfio", F_OK))
		say(d, "container", DOCTOR_FAIL, "run `modprobe vfio-pci` as root",
		    "/dev/vfio/vfio: does not exist");
	else if (!have(d, "/dev/vfio/vfio", R_OK | W_OK))
		say(d, "container", DOCTOR_FAIL, "run `chmod 0666 /dev/vfio/vfio` as root (it "
		    "gives access to no device by itself)", "/dev/vfio/vfio: no permission");
	else
		say(d, "container", DOCTOR_OK, "", "/dev/vfio/vfio: usable");
}

/* Effective capabilities of this process, from the kernel's own account of them. */
static bool
may_lock_any(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return caps >> CAP_IPC_LOCK_BIT & 1;
}

static void
check_memlock(struct doctor *d)
{
	const char *user = getenv("USER") != NULL ? getenv("USER") : "*";
	struct rlimit r;
	char mend[256];

	if (getrlimit(RLIMIT_MEMLOCK, &r) == -1)
		return;
	if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= MEMLOCK_AMPLE || may_lock_any()) {
		say(d, "memlock", DOCTOR_OK, "", "memlock limit: enough");
		return;
	}
	snprintf(mend, sizeof(mend), "put `%.64s - memlock %llu` into /etc/security/limits.conf "
	    "and log in again, or run `ulimit -l %llu` as root first", user,
	    (unsigned long long)MEMLOCK_AMPLE / 1024, (unsigned long long)MEMLOCK_AMPLE / 1024);
	if (r.rlim_cur < MEMLOCK_LEAST)
		say(d, "memlock", DOCTOR_FAIL, mend, "memlock limit: %llu KiB, a driver's DMA "
		    "memory needs %llu KiB or more", (unsigned long long)r.rlim_cur / 1024,
		    (unsigned long long)MEMLOCK_LEAST / 1024);
	else
		say(d, "memlock", DOCTOR_WARN, mend, "memlock limit: %llu KiB, which is little for "
		    "a driver with much DMA memory", (unsigned long long)r.rlim_cur / 1024);
}

void
doctor_host(struct doctor *d)
{
	check_iommu(d);
	check_module(d, "vfio-pci", "/sys/bus/pci/drivers/vfio-pci");
	check_module(d, "vfio_iommu_type1", "/sys/module/vfio_iommu_type1");
	check_container(d);
	check_memlock(d);
}

struct group {
	const struct pci_host	*host;
	const char		*self;
	struct pci_text		 others;	/* "0000:03:00.1 (snd_hda_intel), ..." */
	struct pci_text		 mend;
};

/*
 * VFIO hands a group out when each device in it is bound to a VFIO driver, to no driver, or
 * is a bridge's own: Linux, Documentation/driver-api/vfio.rst.
 */
static int
group_visit(void *ctx, const char *bdf)
{
	struct group *g = ctx;
	struct pci_text drv;
	size_t n = strlen(g->others.s), m = strlen(g->mend.s);

	pci_driver_of(g->host, bdf, &drv);
	if (strcmp(bdf, g->self) == 0 || drv.s[0] == '\0' || strcmp(drv.s, "vfio-pci") == 0 ||
	    strcmp(drv.s, "pci-stub") == 0 || strcmp(drv.s, "pcieport") == 0)
		return 0;
	snprintf(g->others.s + n, sizeof(g->others.s) - n, "%s%s (%.64s)", n > 0 ? ", " : "", bdf,
	    drv.s);
	snprintf(g->mend.s + m, sizeof(g->mend.s) - m, "%svoy bind %s", m > 0 ? " && " : "", bdf);
	return 0;
}

static void
check_group(struct doctor *d, const char *bdf, int group)
{
	struct group g = { .host = d->host, .self = bdf };
	int error;

	error = pci_group_walk(d->host, group, group_visit, &g);
	if (error != 0)
		say(d, "group", DOCTOR_FAIL, "see whether sysfs is mounted on /sys",
		    "%s: IOMMU group %d cannot be read: %s", bdf, group, strerror(error));
	else if (g.others.s[0] != '\0')
		say(d, "group", DOCTOR_FAIL, g.mend.s, "%s: shares IOMMU group %d with %s", bdf,
		    group, g.others.s);
	else
		say(d, "group", DOCTOR_OK, "", "%s: IOMMU group %d is viable", bdf, group);
}

static void
check_permission(struct doctor *d, const char *bdf, int group)
{
	char path[64], mend[256];
	struct pci_text comm;
	int pid;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	if (!have(d, path, F_OK)) {
		say(d, "permission", DOCTOR_FAIL, "bind the device first", "%s: %s does not exist",
		    bdf, path);
		return;
	}
	if (!have(d, path, R_OK | W_OK)) {
		snprintf(mend, sizeof(mend), "run `chown %u %s` as root, or give it to your user by "
		    "a udev rule", (unsigned)getuid(), path);
		say(d, "permission", DOCTOR_FAIL, mend, "%s: no permission on %s", bdf, path);
		return;
	}
	pid = pci_group_holder(d->host, group, &comm);
	if (pid != 0) {
		snprintf(mend, sizeof(mend), "end process %d", pid);
		say(d, "permission", DOCTOR_FAIL, mend, "%s: in use by process %d (%.64s)", bdf,
		    pid, comm.s);
		return;
	}
	say(d, "permission", DOCTOR_OK, "", "%s: %s is usable", bdf, path);
}

void
doctor_device(struct doctor *d, const char *bdf)
{
	struct pci_text drv, why, mend;
	int group;

	if (!pci_exists(d->host, bdf)) {
		say(d, "device", DOCTOR_FAIL, "`voy list` shows the devices there are",
		    "%s: no such PCI device", bdf);
		return;
	}
	pci_driver_of(d->host, bdf, &drv);
	if (strcmp(drv.s, "vfio-pci") == 0) {
		say(d, "driver", DOCTOR_OK, "", "%s: bound to vfio-pci", bdf);
	} else if (pci_in_use(d->host, bdf, &why, &mend)) {
		say(d, "driver", DOCTOR_FAIL, mend.s, "%s", why.s);
	} else {
		snprintf(mend.s, sizeof(mend.s), "run `voy bind %s` as root", bdf);
		say(d, "driver", DOCTOR_FAIL, mend.s, "%s: bound to %s, not to vfio-pci", bdf,
		    drv.s[0] != '\0' ? drv.s : "no driver");
	}
	group = pci_group_of(d->host, bdf);
	if (group == -1) {
		say(d, "group", DOCTOR_FAIL, "see the check `iommu`", "%s: in no IOMMU group", bdf);
		return;
	}
	check_group(d, bdf, group);
	if (strcmp(drv.s, "vfio-pci") == 0)
		check_permission(d, bdf, group);
}
