/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware files, by name, out of the first of these folders that has it: those in
 * VOY_FIRMWARE_PATH (colon-separated), `firmware` in the build cache ($VOY_CACHE, or
 * $XDG_CACHE_HOME/voyageur, or ~/.cache/voyageur), /lib/firmware, /usr/lib/firmware.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/dev.h"
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

/* ENOENT: not in this folder, look on. */
static int
try_dir(struct search *s, const char *dir, size_t dirlen, const char *sub)
{
	char path[4096];
	size_t n = strlen(s->looked);
	int fd, error;

	if (dirlen == 0)
		return ENOENT;
	snprintf(s->looked + n, sizeof(s->looked) - n, "%s%.*s%s", n > 0 ? ", " : "",
	    (int)dirlen, dir, sub);
	if (snprintf(path, sizeof(path), "%.*s%s/%s", (int)dirlen, dir, sub, s->name) >=
	    (int)sizeof(path))
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

static int
try_list(struct search *s, const char *list)
{
	size_t len;
	int error;

	for (; list != NULL; list = list[len] != '\0' ? list + len + 1 : NULL) {
		len = strcspn(list, ":");
		error = try_dir(s, list, len, "");
		if (error != ENOENT)
			return error;
	}
	return ENOENT;
}

static int
try_cache(struct search *s)
{
	static const struct { const char *var, *sub; } places[] = {
		{ "VOY_CACHE", "/firmware" },
		{ "XDG_CACHE_HOME", "/voyageur/firmware" },
		{ "HOME", "/.cache/voyageur/firmware" },
	};
	const char *dir;
	unsigned i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		dir = getenv(places[i].var);
		if (dir != NULL && dir[0] != '\0')
			return try_dir(s, dir, strlen(dir), places[i].sub);
	}
	return ENOENT;
}

/* Out of the first folder that has it. */
static int
find(struct search *s)
{
	struct hyp_dev *dev = s->dev;
	const char *name = s->name;
	int error;

	if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, "..") == 0) {
		rr_log(dev, HYP_LOG_ERROR, "firmware: \"%s\" is not a file's name", name);
		return EINVAL;
	}
	error = try_list(s, getenv("VOY_FIRMWARE_PATH"));
	if (error == ENOENT)
		error = try_cache(s);
	if (error == ENOENT)
		error = try_dir(s, "/lib/firmware", strlen("/lib/firmware"), "");
	if (error == ENOENT)
		error = try_dir(s, "/usr/lib/firmware", strlen("/usr/lib/firmware"), "");
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

	error = recorded(&s, rr_replays() ? EIO : find(&s));
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
