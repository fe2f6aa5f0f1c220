/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_client.c - libFuzzer target: what a vfio-user server says to the client: opening a device,
 * registers, interrupts, DMA both ways, a reset, closing.
 *
 *	voy fuzz client --for 20m
 *
 * Client and server are one thread: the server has its turn when the client has sent something.
 * An input is a row of steps, one for each request, each a byte, a length of 16 bits and that many
 * bytes; bits 0 to 2 of the byte are enum how, with bit 3 a descriptor comes along. At the end of
 * the input the server answers rightly. It hangs up when the client would have to wait.
 * Beside what the sanitizers see, it is checked that no descriptor is left.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/open_fds.h"
#include "vfio/vfio.h"
#include "vfio/vfio_user.h"

#define CHECK(cond)	do { if (!(cond)) abort(); } while (0)
#define SOCKET		"/fuzz"		/* which is not there */
#define BAR_SIZE	8192u
#define MEMORY		65536u
#define IOVA		0x10000u

enum how {
	H_RIGHT,		/* as many requests as the first byte says */
	H_PAYLOAD,		/* a right header over these bytes */
	H_RAW,			/* these bytes */
	H_CHANGED,		/* the right answer, changed by these bytes */
	H_ERROR,		/* an error reply */
	H_ASKS,			/* first a command of its own: its number, then the payload */
	H_MORE,			/* these bytes behind the right answer */
	H_CLOSE
};

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int	__wrap_stat(const char *path, struct stat *st);
int	__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len);
ssize_t	__wrap_sendmsg(int fd, const struct msghdr *mh, int flags);
ssize_t	__wrap_recvmsg(int fd, struct msghdr *mh, int flags);
int	__wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int	__real_stat(const char *path, struct stat *st);
ssize_t	__real_sendmsg(int fd, const struct msghdr *mh, int flags);
ssize_t	__real_recvmsg(int fd, struct msghdr *mh, int flags);
int	__real_poll(struct pollfd *p, nfds_t n, int timeout);

static const uint8_t *in;
static size_t left;
static uint8_t *memory;

static struct {
	int		sock, twin;		/* the server's ends, or -1 */
	unsigned	calm;
	size_t		got;			/* bytes of a request in buf */
	uint8_t		buf[1 << 17];
} server = { .sock = -1, .twin = -1 };

union answer {
	struct {
		struct vfio_user_hdr h;
		union {
			struct vfio_user_version version;
			struct vfio_user_device_info info;
			struct vfio_region_info region;
			struct vfio_irq_info irq;
			struct vfio_user_region_rw rw;
			struct vfio_user_dma_unmap unmap;
			struct vfio_user_write_multi multi;
		} u;
	} m;
	uint8_t bytes[16 + 65536];
};

static union answer out;

/* ---- sending ---- */

static void
say(int sock, const void *p, size_t len, int fd)
{
	union { struct cmsghdr c; char b[CMSG_SPACE(sizeof(int))]; } u;
	struct iovec iov = { (void *)(uintptr_t)p, len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (len == 0 || sock < 0)
		return;
	if (fd >= 0) {
		memset(&u, 0, sizeof(u));
		mh.msg_control = &u;
		mh.msg_controllen = sizeof(u.b);
		u.c.cmsg_level = SOL_SOCKET;
		u.c.cmsg_type = SCM_RIGHTS;
		u.c.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&u.c), &fd, sizeof(fd));
	}
	(void)__real_sendmsg(sock, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
hang_up(void)
{
	if (server.sock >= 0)
		shutdown(server.sock, SHUT_RDWR);
	if (server.twin >= 0)
		shutdown(server.twin, SHUT_RDWR);
}

/* With VERSION a socket for the server's commands, else a file that may be mapped. */
static int
descriptor(unsigned cmd)
{
	int sv[2], fd;

	if (cmd == VFIO_USER_VERSION && server.twin < 0) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == 0);
		server.twin = sv[0];
		return sv[1];
	}
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	CHECK(fd >= 0 && ftruncate(fd, BAR_SIZE) == 0);
	return fd;
}

/* ---- the right answer ---- */

static size_t
version(void)
{
	static const char caps[] = "{\"capabilities\":{\"max_msg_fds\":8,\"max_dma_maps\":64,"
	    "\"max_data_xfer_size\":4096,\"pgsizes\":4096,\"write_multiple\":true}}";

	out.m.u.version.minor = VFIO_USER_MINOR;
	memcpy(out.bytes + 20, caps, sizeof(caps));
	return 4 + sizeof(caps);
}

static size_t
region(void)
{
	struct vfio_region_info *r = &out.m.u.region;

	r->argsz = sizeof(*r);
	r->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	r->size = r->index == VFIO_PCI_CONFIG_REGION_INDEX ? 4096 : r->index == 0 ? BAR_SIZE : 0;
	return sizeof(*r);
}

static size_t
irq(void)
{
	struct vfio_irq_info *i = &out.m.u.irq;

	i->argsz = sizeof(*i);
	i->flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE;
	i->count = i->index < 3 ? 1 : 0;
	return sizeof(*i);
}

/* Of the request in server.buf, into out; the length of the payload. */
static size_t
right(void)
{
	struct vfio_user_region_rw *rw = &out.m.u.rw;

	memset(&out, 0, 256);
	memcpy(&out, server.buf, sizeof(struct vfio_user_hdr) + 32);
	out.m.h.flags = VFIO_USER_F_TYPE_REPLY;
	switch (out.m.h.cmd) {
	case VFIO_USER_VERSION:
		return version();
	case VFIO_USER_DEVICE_GET_INFO:
		out.m.u.info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
		out.m.u.info.num_regions = 9;
		out.m.u.info.num_irqs = 5;
		return sizeof(out.m.u.info);
	case VFIO_USER_DEVICE_GET_REGION_INFO:
		return region();
	case VFIO_USER_DEVICE_GET_IRQ_INFO:
		return irq();
	case VFIO_USER_REGION_READ:
		CHECK(rw->count <= 65536 - sizeof(*rw));
		memset(out.bytes + 16 + sizeof(*rw), 0x5a, rw->count);
		return sizeof(*rw) + rw->count;
	case VFIO_USER_REGION_WRITE:
		return sizeof(*rw);
	case VFIO_USER_DMA_UNMAP:
		return sizeof(out.m.u.unmap);
	case VFIO_USER_REGION_WRITE_MULTI:
		return sizeof(out.m.u.multi);
	default:
		return 0;
	}
}

/* ---- the server's turn ---- */

static void
ask(const uint8_t *p, size_t len)
{
	struct vfio_user_hdr h = { .id = 77 };
	uint8_t m[sizeof(h) + 4096];

	if (len == 0)
		return;
	len = len - 1 < 4096 ? len - 1 : 4096;
	h.cmd = (p[0] & 1) != 0 ? VFIO_USER_DMA_READ : VFIO_USER_DMA_WRITE;
	if ((p[0] & 2) != 0)
		h.cmd = p[0];
	h.flags = (p[0] & 4) != 0 ? VFIO_USER_F_NO_REPLY : 0;
	h.size = (uint32_t)(sizeof(h) + len);
	memcpy(m, &h, sizeof(h));
	memcpy(m + sizeof(h), p + 1, len);
	say(server.twin >= 0 ? server.twin : server.sock, m, h.size, -1);
}

static void
answer(void)
{
	size_t len = 16 + right(), n = 0, i;
	const uint8_t *p = in + 3;
	enum how how = H_RIGHT;
	int fd = -1;

	if (server.calm > 0)
		server.calm--;
	else if (left >= 3) {
		how = in[0] & 7;
		n = in[1] | (size_t)in[2] << 8;
		n = n < left - 3 ? n : left - 3;
		n = n < 65000 ? n : 65000;
		if ((in[0] & 8) != 0)
			fd = descriptor(out.m.h.cmd);
		in += 3 + n;
		left -= 3 + n;
	}
	if (how == H_RIGHT && n > 0)
		server.calm = p[0];
	if (how == H_PAYLOAD) {
		memcpy(out.bytes + 16, p, n);
		len = 16 + n;
	} else if (how == H_CHANGED)
		for (i = 0; i < n && i < len; i++)
			out.bytes[i] ^= p[i];
	else if (how == H_ERROR) {
		out.m.h.flags |= VFIO_USER_F_ERROR;
		out.m.h.error = n > 0 ? p[0] : 0;
		len = 16;
	} else if (how == H_ASKS)
		ask(p, n);
	if (how != H_CHANGED)
		out.m.h.size = (uint32_t)len;
	if (how == H_RAW)
		say(server.sock, p, n, fd);
	else if (how == H_CLOSE)
		hang_up();
	else
		say(server.sock, &out, len, fd);
	if (how == H_MORE)
		say(server.sock, p, n, -1);
	if (fd >= 0)
		close(fd);
}

/* Whole messages in the buffer; answers of the client's are nothing to us. */
static void
serve(void)
{
	struct vfio_user_hdr h;

	while (server.got >= sizeof(h)) {
		memcpy(&h, server.buf, sizeof(h));
		CHECK(h.size >= sizeof(h) && h.size <= sizeof(server.buf));
		if (server.got < h.size)
			return;
		if ((h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_COMMAND)
			answer();
		server.got -= h.size;
		memmove(server.buf, server.buf + h.size, server.got);
	}
}

static void
drop_fds(struct msghdr *mh)
{
	struct cmsghdr *c;
	int fd;
	size_t i;

	for (c = CMSG_FIRSTHDR(mh); c != NULL; c = CMSG_NXTHDR(mh, c))
		for (i = 0; c->cmsg_type == SCM_RIGHTS && CMSG_LEN((i + 1) * sizeof(fd)) <=
		    c->cmsg_len; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			close(fd);
		}
}

static void
turn(void)
{
	union { struct cmsghdr c; char b[CMSG_SPACE(64 * sizeof(int))]; } u;
	ssize_t n;

	for (;;) {
		struct iovec iov = { server.buf + server.got, sizeof(server.buf) - server.got };
		struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
		    .msg_controllen = sizeof(u) };

		if ((n = __real_recvmsg(server.sock, &mh, MSG_DONTWAIT)) <= 0)
			break;
		drop_fds(&mh);
		server.got += (size_t)n;
		serve();
	}
	while (server.twin >= 0 && recv(server.twin, &out, sizeof(out), MSG_DONTWAIT) > 0)
		continue;
}

/* ---- what the client calls ---- */

int
__wrap_stat(const char *path, struct stat *st)
{
	if (strcmp(path, SOCKET) != 0)
		return __real_stat(path, st);
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFSOCK | 0600;
	return 0;
}

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	int sv[2];

	(void)sa, (void)len;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == 0);
	CHECK(dup2(sv[1], fd) == fd);
	close(sv[1]);
	server.sock = sv[0];
	return 0;
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *mh, int flags)
{
	ssize_t n = __real_sendmsg(fd, mh, flags);

	turn();
	return n;
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *mh, int flags)
{
	int there = 0;

	if ((flags & MSG_DONTWAIT) == 0 && (ioctl(fd, FIONREAD, &there) != 0 || there == 0))
		hang_up();
	return __real_recvmsg(fd, mh, flags);
}

int
__wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	int ready = __real_poll(p, n, 0);

	if (ready == 0 && timeout != 0) {
		hang_up();
		ready = __real_poll(p, n, 0);
	}
	return ready;
}

/* ---- the client ---- */

static void
registers(struct vfio_dev *dev)
{
	struct vfio_write w[3] = { { 0, 1, 0, 4 }, { 8, 2, 0, 4 }, { 16, 3, 0, 8 } };
	struct vfio_bar *bar;
	uint8_t block[6000];
	uint32_t v;

	(void)vfio_config_read(dev, 0, 4, &v);
	(void)vfio_config_write(dev, 4, 2, 6);
	if (vfio_bar_map(dev, VFIO_PCI_BAR0_REGION_INDEX, &bar, NULL) == 0) {
		(void)vfio_read32(bar, 0x28);
		vfio_write32(bar, 0x24, 4);
	}
	(void)vfio_region_write_many(dev, w, 3);
	(void)vfio_region_read(dev, 0, 0, block, sizeof(block));
	(void)vfio_region_write(dev, 0, 0, block, sizeof(block));
}

static void
use(struct vfio_dev *dev)
{
	int fd = memfd_create("event", MFD_CLOEXEC);
	struct vfio_irq i;

	CHECK(fd >= 0);
	registers(dev);
	(void)vfio_irq_info(dev, VFIO_PCI_MSI_IRQ_INDEX, &i);
	(void)vfio_irq_enable(dev, VFIO_PCI_MSI_IRQ_INDEX, 0, 1, &fd, NULL);
	(void)vfio_dma_map(dev, memory, MEMORY, IOVA, VFIO_DMA_READ | VFIO_DMA_WRITE, -1, 0, NULL);
	(void)vfio_poll_fd(dev);
	(void)vfio_process(dev);
	registers(dev);
	(void)vfio_process(dev);
	(void)vfio_dma_unmap(dev, IOVA, MEMORY, NULL);
	(void)vfio_irq_disable(dev, VFIO_PCI_MSI_IRQ_INDEX);
	(void)vfio_reset(dev, NULL);
	vfio_close(dev);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vfio_open_opts opts = { .timeout_ms = 60000, .no_dma_fds = true };
	struct vfio_dev *dev;
	struct vfio_err err;
	int fds;

	if (memory == NULL)
		memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	fds = open_fds();
	in = data;
	left = size;
	server.calm = 0;
	server.got = 0;
	err.text[0] = '\0';
	if (vfio_open("unix:" SOCKET, &opts, &dev, &err) == 0)
		use(dev);
	else
		CHECK(err.text[0] != '\0' && memchr(err.text, 0, sizeof(err.text)) != NULL);
	if (server.sock >= 0)
		close(server.sock);
	if (server.twin >= 0)
		close(server.twin);
	server.sock = server.twin = -1;
	CHECK(open_fds() == fds);
	return 0;
}
