/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backend "vfio-user": each operation of struct vfio_ops as messages to a server.
 * Source: QEMU, docs/interop/vfio-user.rst.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "vfio/user.h"

#define MAX_MULTI	128	/* writes in one REGION_WRITE_MULTI */

static int
bad_reply(struct user *u, unsigned cmd)
{
	user_fail(u, EPROTO, "protocol error of the server: the reply to %s does not fit what "
	    "was asked", user_cmd_name(cmd));
	return EPROTO;
}

/* A call with one payload structure and a reply of exactly len bytes at reply. */
static int
simple(struct user *u, unsigned cmd, const void *req, size_t req_len, void *reply, size_t len)
{
	struct user_call c = { .cmd = (uint16_t)cmd, .head = reply, .head_len = len };
	struct user_part part = { req, req_len };
	int error = user_call(u, &c, &part, req_len != 0, NULL, 0);

	if (error == 0 && c.len != len)
		error = bad_reply(u, cmd);
	return error;
}

static void
client_attached(void *self, struct vfio_dev *dev)
{
	struct user *u = self;

	u->dev = dev;
}

static int
client_info(void *self, struct vfio_info *info, struct vfio_err *err)
{
	struct vfio_user_device_info req = { .argsz = sizeof(req) }, di;
	struct user *u = self;
	int error = simple(u, VFIO_USER_DEVICE_GET_INFO, &req, sizeof(req), &di, sizeof(di));

	if (error != 0)
		return vfio_fail(err, error, "unix:%s: device info: %s", u->path,
		    strerror(error));
	info->flags = di.flags;
	info->num_regions = di.num_regions;
	info->num_irqs = di.num_irqs;
	return 0;
}

/* ---- regions ------------------------------------------------------------------------- */

/* Ask with room for argsz bytes; the descriptor that came, or -1, in *fd. */
static int
ask_region(struct user *u, unsigned index, void *buf, uint32_t argsz, size_t *len, int *fd)
{
	struct vfio_region_info req = { .argsz = argsz, .index = index };
	int fds[USER_MAX_FDS];
	struct user_call c = {
		.cmd = VFIO_USER_DEVICE_GET_REGION_INFO, .head = buf, .head_len = argsz,
		.fds = fds, .max_fds = USER_MAX_FDS,
	};
	struct user_part part = { &req, sizeof(req) };
	int error = user_call(u, &c, &part, 1, NULL, 0);

	*len = c.len;
	*fd = -1;
	for (unsigned i = 0; i < c.nfds; i++) {
		if (i == 0 && error == 0)
			*fd = fds[i];
		else
			close(fds[i]);
	}
	return error;
}

/* Ask, and once more with as much room as the server wants.  *buf is malloc'ed. */
static int
ask_whole_region(struct user *u, unsigned index, uint8_t **buf, size_t *len, int *fd)
{
	struct vfio_region_info ri;
	uint32_t argsz = 1024;
	int error;

	*fd = -1;
	for (int tries = 0; ; tries++) {
		*buf = calloc(1, argsz);
		if (*buf == NULL)
			return ENOMEM;
		error = ask_region(u, index, *buf, argsz, len, fd);
		memcpy(&ri, *buf, sizeof(ri));
		if (error != 0 || *len < sizeof(ri) || ri.argsz <= argsz || tries != 0 ||
		    ri.argsz > 65536)
			return error;
		argsz = ri.argsz;
		free(*buf);
		if (*fd >= 0)
			close(*fd);
	}
}

static int
client_region(void *self, unsigned index, struct vfio_region *r, struct vfio_err *err)
{
	struct vfio_err why = { "region info refused with a protocol error" };
	struct vfio_region_info ri = { .index = index };
	struct user *u = self;
	uint8_t *buf;
	size_t len;
	int fd, error = ask_whole_region(u, index, &buf, &len, &fd);

	if (buf == NULL)
		return vfio_fail(err, ENOMEM, "unix:%s: out of memory", u->path);
	if (error == 0 && len >= sizeof(ri))
		memcpy(&ri, buf, sizeof(ri));
	if (ri.index != index)
		error = vfio_fail(&why, EPROTO, "the answer for region %u says it is one for %u",
		    index, ri.index);
	if (error == 0)
		error = vfio_parse_region(buf, len, r, &why);
	free(buf);
	if (error == EPROTO)
		user_fail(u, error, "protocol error of the server: %s", why.text);
	if (error != 0 && fd >= 0)
		close(fd);
	if (error == 0)
		r->fd = u->region_fds[index] = fd;
	return error;
}

static size_t
chunk(const struct user *u, size_t len)
{
	return len < u->caps.max_xfer ? len : (size_t)u->caps.max_xfer;
}

static int
client_read(void *self, const struct vfio_region *r, unsigned index, uint64_t off, void *buf,
    size_t len)
{
	struct user *u = self;
	uint8_t *p = buf;

	(void)r;
	while (len != 0) {
		struct vfio_user_region_rw got, rw = {
			.offset = off, .region = index, .count = (uint32_t)chunk(u, len),
		};
		struct user_call c = {
			.cmd = VFIO_USER_REGION_READ, .head = &got, .head_len = sizeof(got),
			.data = p, .data_len = rw.count,
		};
		struct user_part part = { &rw, sizeof(rw) };
		int error = user_call(u, &c, &part, 1, NULL, 0);

		if (error == 0 && (c.len < sizeof(got) || user_check_rw(&rw, &got, c.len, true)))
			error = bad_reply(u, c.cmd);
		if (error != 0)
			return error;
		off += rw.count;
		p += rw.count;
		len -= rw.count;
	}
	return 0;
}

static int
client_write(void *self, const struct vfio_region *r, unsigned index, uint64_t off,
    const void *buf, size_t len)
{
	struct user *u = self;
	const uint8_t *p = buf;

	(void)r;
	while (len != 0) {
		struct vfio_user_region_rw got, rw = {
			.offset = off, .region = index, .count = (uint32_t)chunk(u, len),
		};
		struct user_call c = {
			.cmd = VFIO_USER_REGION_WRITE, .head = &got, .head_len = sizeof(got),
		};
		struct user_part parts[2] = { { &rw, sizeof(rw) }, { p, rw.count } };
		int error = user_call(u, &c, parts, 2, NULL, 0);

		if (error == 0 && (c.len < sizeof(got) || user_check_rw(&rw, &got, c.len, false)))
			error = bad_reply(u, c.cmd);
		if (error != 0)
			return error;
		off += rw.count;
		p += rw.count;
		len -= rw.count;
	}
	return 0;
}

static int
client_write_many(void *self, const struct vfio_write *w, size_t n)
{
	struct vfio_user_write_one one[MAX_MULTI];
	struct user *u = self;

	if (!u->caps.write_multi)
		return ENOTSUP;
	while (n != 0) {
		size_t now = n < MAX_MULTI ? n : MAX_MULTI;
		struct vfio_user_write_multi wm = { .wr_cnt = now }, got;
		struct user_call c = {
			.cmd = VFIO_USER_REGION_WRITE_MULTI, .head = &got,
			.head_len = sizeof(got),
		};
		struct user_part parts[2] = { { &wm, sizeof(wm) }, { one, now * sizeof(*one) } };
		int error;

		memset(one, 0, sizeof(one));
		for (size_t i = 0; i < now; i++)
			one[i] = (struct vfio_user_write_one){
				.offset = w[i].offset, .region = w[i].region,
				.count = w[i].width, .data = w[i].value,
			};
		error = user_call(u, &c, parts, 2, NULL, 0);
		if (error == 0 && (c.len != sizeof(got) || got.wr_cnt != now))
			error = bad_reply(u, c.cmd);
		if (error != 0)
			return error;
		w += now;
		n -= now;
	}
	return 0;
}

/* ---- interrupts ---------------------------------------------------------------------- */

static int
client_irq(void *self, unsigned index, struct vfio_irq *irq)
{
	struct vfio_irq_info req = { .argsz = sizeof(req), .index = index }, ii;
	struct user *u = self;
	int error = simple(u, VFIO_USER_DEVICE_GET_IRQ_INFO, &req, sizeof(req), &ii, sizeof(ii));

	if (error != 0)
		return error;
	if (ii.index != index)
		return bad_reply(u, VFIO_USER_DEVICE_GET_IRQ_INFO);
	irq->count = ii.count;
	irq->flags = ii.flags;
	return 0;
}

static int
set_irqs_once(struct user *u, unsigned index, uint32_t flags, unsigned start, unsigned n,
    const int *fds, unsigned nfds)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set), .flags = flags, .index = index, .start = start, .count = n,
	};
	struct user_call c = { .cmd = VFIO_USER_DEVICE_SET_IRQS };
	struct user_part part = { &set, sizeof(set) };

	return user_call(u, &c, &part, 1, fds, nfds);
}

/* How many of fds[0..n) have one (or none) like the first, at most max if they have. */
static unsigned
run_length(const int *fds, unsigned n, unsigned max)
{
	bool some = fds[0] >= 0;
	unsigned i = 1;

	while (i < n && (fds[i] >= 0) == some && (!some || i < max))
		i++;
	return i;
}

static int
client_set_irqs(void *self, unsigned index, uint32_t flags, unsigned start, unsigned n,
    const int *fds)
{
	struct user *u = self;

	if ((flags & VFIO_IRQ_SET_DATA_EVENTFD) == 0)
		return set_irqs_once(u, index, flags, start, n, NULL, 0);
	while (n != 0) {
		unsigned now = run_length(fds, n, u->caps.max_fds);
		int error = set_irqs_once(u, index, flags, start, now, fds,
		    fds[0] >= 0 ? now : 0);

		if (error != 0)
			return error;
		start += now;
		fds += now;
		n -= now;
	}
	return 0;
}

static int
client_reset(void *self)
{
	return simple(self, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0);
}

/* ---- DMA ----------------------------------------------------------------------------- */

static int
client_dma_info(void *self, struct vfio_dma_info *info, struct vfio_err *err)
{
	struct user *u = self;

	info->ranges = malloc(sizeof(*info->ranges));
	if (info->ranges == NULL)
		return vfio_fail(err, ENOMEM, "unix:%s: out of memory", u->path);
	info->ranges[0] = (struct vfio_area){ 0, UINT64_MAX };
	info->num_ranges = 1;
	info->pgsizes = u->caps.pgsizes;
	info->max_maps = u->caps.max_dma_maps;
	return 0;
}

static int
client_dma_map(void *self, void *va, size_t len, uint64_t iova, int prot, int fd,
    uint64_t fd_off, struct vfio_err *err)
{
	struct user *u = self;
	bool give = fd >= 0 && !u->no_dma_fds;
	struct vfio_user_dma_map m = {
		.argsz = sizeof(m), .offset = give ? fd_off : 0, .addr = iova, .size = len,
		.flags = (prot & VFIO_DMA_READ ? VFIO_USER_DMA_READABLE : 0) |
		    (prot & VFIO_DMA_WRITE ? VFIO_USER_DMA_WRITABLE : 0),
	};
	struct user_call c = { .cmd = VFIO_USER_DMA_MAP };
	struct user_part part = { &m, sizeof(m) };
	int error = user_call(u, &c, &part, 1, &fd, give ? 1 : 0);

	(void)va;
	if (error != 0)
		return vfio_fail(err, error, "unix:%s: DMA map of IOVA %#llx, %zu bytes: the "
		    "server says: %s", u->path, (unsigned long long)iova, len, strerror(error));
	return 0;
}

/* One map of everything but the last page, whose end would not be a 64-bit number. */
static int
client_dma_watch(void *self, struct vfio_err *err)
{
	struct user *u = self;

	if (!u->no_dma_fds)
		return vfio_fail(err, ENOTSUP, "unix:%s: the server may map the memory", u->path);
	return client_dma_map(self, NULL, UINT64_MAX - (UINT64_MAX & 0xfff), 0,
	    VFIO_DMA_READ | VFIO_DMA_WRITE, -1, 0, err);
}

static int
client_dma_unmap(void *self, uint64_t iova, size_t len, struct vfio_err *err)
{
	struct vfio_user_dma_unmap got, m = { .argsz = sizeof(m), .addr = iova, .size = len };
	struct user *u = self;
	int error = simple(u, VFIO_USER_DMA_UNMAP, &m, sizeof(m), &got, sizeof(got));

	if (error == 0 && (got.addr != iova || got.size != len))
		error = bad_reply(u, VFIO_USER_DMA_UNMAP);
	if (error != 0)
		return vfio_fail(err, error, "unix:%s: DMA unmap of IOVA %#llx, %zu bytes: the "
		    "server says: %s", u->path, (unsigned long long)iova, len, strerror(error));
	return 0;
}

/* ---- life ---------------------------------------------------------------------------- */

static int
client_poll_fd(void *self)
{
	struct user *u = self;

	pthread_mutex_lock(&u->lock);
	u->polled = true;
	user_arm(u);
	pthread_mutex_unlock(&u->lock);
	return u->epfd;
}

static int
client_process(void *self)
{
	return user_poll(self);
}

static int
client_take_clock(void *self)
{
	struct user *u = self;
	int fd = u->clock_fd;

	u->clock_fd = -1;
	return fd;
}

static void
client_close(void *self)
{
	struct user *u = self;

	for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++)
		if (u->region_fds[i] >= 0)
			close(u->region_fds[i]);
	user_chan_fini(&u->main);
	user_chan_fini(&u->twin);
	if (u->epfd >= 0)
		close(u->epfd);
	if (u->clock_fd >= 0)
		close(u->clock_fd);
	pthread_mutex_destroy(&u->lock);
	free(u->path);
	free(u);
}

static const struct vfio_ops client_ops = {
	.name = "vfio-user",
	.attached = client_attached,
	.close = client_close,
	.info = client_info,
	.region = client_region,
	.region_read = client_read,
	.region_write = client_write,
	.region_write_many = client_write_many,
	.irq = client_irq,
	.set_irqs = client_set_irqs,
	.reset = client_reset,
	.dma_info = client_dma_info,
	.dma_map = client_dma_map,
	.dma_unmap = client_dma_unmap,
	.dma_watch = client_dma_watch,
	.poll_fd = client_poll_fd,
	.process = client_process,
	.take_clock = client_take_clock,
};

/* Both sockets into the poll descriptor; what to wait for is set when it is asked for. */
static int
watch(struct user *u, struct vfio_err *err)
{
	struct epoll_event ev = { .events = 0 };

	if (epoll_ctl(u->epfd, EPOLL_CTL_ADD, u->main.fd, &ev) == 0 &&
	    (!u->caps.twin || epoll_ctl(u->epfd, EPOLL_CTL_ADD, u->twin.fd, &ev) == 0))
		return 0;
	return vfio_fail(err, errno, "unix:%s: epoll: %s", u->path, strerror(errno));
}

int
vfio_user_open(const char *path, const struct vfio_open_opts *opts,
    const struct vfio_ops **ops, void **self, struct vfio_err *err)
{
	struct user *u = calloc(1, sizeof(*u));
	int error;

	if (u == NULL)
		return vfio_fail(err, ENOMEM, "unix:%s: out of memory", path);
	for (unsigned i = 0; i < VFIO_MAX_REGIONS; i++)
		u->region_fds[i] = -1;
	u->timeout_ms = opts->timeout_ms != 0 ? opts->timeout_ms : VFIO_TIMEOUT_MS;
	u->no_dma_fds = opts->no_dma_fds;
	u->air_clock = opts->air_clock;
	u->clock_fd = -1;
	pthread_mutex_init(&u->lock, NULL);
	error = user_chan_init(&u->main) | user_chan_init(&u->twin);
	u->path = strdup(path);
	u->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (error != 0 || u->path == NULL || u->epfd < 0)
		error = vfio_fail(err, ENOMEM, "unix:%s: out of memory or descriptors", path);
	else
		error = user_connect(u, err);
	if (error == 0)
		error = user_negotiate(u, err);
	if (error == 0)
		error = watch(u, err);
	if (error != 0) {
		client_close(u);
		return error;
	}
	*ops = &client_ops;
	*self = u;
	return 0;
}
