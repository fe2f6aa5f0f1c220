/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware files, by name, out of the first of these folders that has it: those in
 * VOY_FIRMWARE_PATH (colon-separated), `firmware` in the build cache ($VOY_CACHE, or
 * $XDG_CACHE_HOME/voyageur, or ~/.cache/voyageur), /lib/firmware, /usr/lib/firmware.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/busy.h"
#include "harness/dev.h"
#include "harness/firmware.h"
#include "harness/rr.h"
#include "harness/trace.h"

#define FIRMWARE_MAX	((off_t)64 << 20)

struct search {
	struct hyp_dev	*dev;
	const char	*name;
	char		 looked[1024];		/* where, for the error */
	void		*data;
	size_t		 size;
};

static int
read_all(int fd, char *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, buf + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			return EIO;		/* it became shorter meanwhile */
		done += (size_t)n;
	}
	return 0;
}

static int
load(int fd, struct search *s)
{
	struct stat st;
	int error;

	if (fstat(fd, &st) != 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	if (st.st_size > FIRMWARE_MAX)
		return EFBIG;
	s->size = (size_t)st.st_size;
	s->data = malloc(s->size > 0 ? s->size : 1);
	if (s->data == NULL)
		return ENOMEM;
	error = read_all(fd, s->data, s->size);
	if (error != 0) {
		free(s->data);
		s->data = NULL;
	}
	return error;
}

/*
 * The folders, one after the other, as written: those of VOY_FIRMWARE_PATH, the cache's, the
 * system's.  False: there are no more.  One that is too long is empty.
 */
static bool
folder(unsigned i, char dir[PATH_MAX])
{
	static const struct { const char *var, *sub; } caches[] = {
		{ "VOY_CACHE", "/firmware" },
		{ "XDG_CACHE_HOME", "/voyageur/firmware" },
		{ "HOME", "/.cache/voyageur/firmware" },
	};
	static const char *const systems[] = { "/lib/firmware", "/usr/lib/firmware" };
	const char *list = getenv("VOY_FIRMWARE_PATH"), *base = "", *sub = "";
	size_t len = 0;
	unsigned k;

	for (; list != NULL; list = list[len] != '\0' ? list + len + 1 : NULL) {
		len = strcspn(list, ":");
		if (i-- == 0)
			break;
	}
	if (list != NULL) {
		snprintf(dir, PATH_MAX, "%.*s", len < PATH_MAX ? (int)len : 0, list);
		return true;
	}
	if (i == 0) {
		for (k = 0; k < sizeof(caches) / sizeof(caches[0]) && base[0] == '\0'; k++) {
			base = getenv(caches[k].var) != NULL ? getenv(caches[k].var) : "";
			sub = caches[k].sub;
		}
		if (base[0] == '\0' || snprintf(dir, PATH_MAX, "%s%s", base, sub) >= PATH_MAX)
			dir[0] = '\0';
		return true;
	}
	if (i > sizeof(systems) / sizeof(systems[0]))
		return false;
	strcpy(dir, systems[i - 1]);
	return true;
}

/* ENOENT: not in this folder, look on. */
static int
try_folder(struct search *s, const char *dir)
{
	char path[PATH_MAX];
	size_t n = strlen(s->looked);
	int fd, error;

	if (dir[0] == '\0')
		return ENOENT;
	snprintf(s->looked + n, sizeof(s->looked) - n, "%s%s", n > 0 ? ", " : "", dir);
	if (snprintf(path, sizeof(path), "%s/%s", dir, s->name) >= (int)sizeof(path))
		return ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ENOENT;
	if (fd < 0)
		error = errno;
	else {
		error = load(fd, s);
		close(fd);
	}
	if (error != 0)
		rr_log(s->dev, HYP_LOG_ERROR, "firmware: %s: %s", path, strerror(error));
	else
		rr_log(s->dev, HYP_LOG_DEBUG, "firmware: %s: %zu bytes", path, s->size);
	return error == ENOENT ? EIO : error;
}

bool
firmware_is_place(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	unsigned i;

	for (i = 0; slash != NULL && folder(i, dir); i++)
		if (dir[0] != '\0' && strlen(dir) == (size_t)(slash - path) &&
		    strncmp(path, dir, (size_t)(slash - path)) == 0)
			return true;
	return false;
}

/* Out of the first folder that has it. */
static int
find(struct search *s)
{
	struct hyp_dev *dev = s->dev;
	const char *name = s->name;
	char dir[PATH_MAX];
	int error = ENOENT;
	unsigned i;

	if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, "..") == 0) {
		rr_log(dev, HYP_LOG_ERROR, "firmware: \"%s\" is not a file's name", name);
		return EINVAL;
	}
	for (i = 0; error == ENOENT && folder(i, dir); i++)
		error = try_folder(s, dir);
	if (error == ENOENT)
		rr_log(dev, HYP_LOG_ERROR, "firmware: %s: not found in %s; `voy run` fetches it, "
		    "or name its folder in VOY_FIRMWARE_PATH", name, s->looked);
	return error;
}

/* The recording has it whole. */
static int
recorded(struct search *s, int error)
{
	const void *data;

	if (!turn_mine())
		return error;
	rr_call_text(RR_FIRMWARE, s->name);
	error = (int)rr_result((uint64_t)error);
	data = rr_result_bytes(s->data, &s->size);
	rr_done();
	if (!rr_replays() || error != 0)
		return error;
	s->data = malloc(s->size > 0 ? s->size : 1);
	if (s->data == NULL)
		return ENOMEM;
	memcpy(s->data, data, s->size);
	return 0;
}

int
hyp_firmware_get(struct hyp_dev *dev, const char *name, void **data, size_t *size)
{
	struct search s = { .dev = dev, .name = name };
	int error;

	busy_outside();
	error = recorded(&s, rr_replays() ? EIO : find(&s));
	busy_inside();
	if (error != 0)
		return error;
	trace_put(TRACE_FIRMWARE, 0, (uint32_t)s.size, (uintptr_t)"loaded", 0);
	atomic_fetch_add(&dev->firmware, 1);
	*data = s.data;
	*size = s.size;
	return 0;
}

void
hyp_firmware_put(struct hyp_dev *dev, void *data, size_t size)
{
	(void)size;
	if (data == NULL)
		return;
	atomic_fetch_sub(&dev->firmware, 1);
	free(data);
}
