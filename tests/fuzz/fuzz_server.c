/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_server.c - libFuzzer target: what a client says to the vfio-user server, with a simulated
 * 7260 behind it whose DMA goes to memory of the fuzzer's own.
 *
 *	ninja fuzz-server && build/fuzz/bin/fuzz-server -max_total_time=20 CORPUS
 *
 * An input is a row of steps, each a byte, a length of 16 bits and that many bytes: bytes as they
 * are (bit 7), or a message with a right header (bits 0 to 4: its command; bit 5: a memory file
 * goes with it; bit 6: no reply wanted). Unless the first byte of all is odd, the client begins
 * with a VERSION that the server takes. Beside what the sanitizers see, it is checked that each
 * reply has the shape of one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/i7260/i7260.h"
#include "tools/sim/server.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)
#define MEMORY	65536u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct sim_model *const sim_models[] = { NULL };

static struct sim_dev *dev;
static uint64_t now = 1000000000;
static uint8_t memory[MEMORY];

static void
emit(void *arg, const char *name, const char *json, const char *text)
{
	(void)arg, (void)name, (void)text;
	CHECK(json[0] == '{' && json[strlen(json) - 1] == '}');
}

static uint64_t
clock_now(void *arg)
{
	(void)arg;
	return now;
}

/* Ranges without a memory file: any address is somewhere in ours. */
static int
dma(void *arg, uint64_t iova, void *buf, size_t len, bool write)
{
	(void)arg;
	if (len > MEMORY || iova % MEMORY + len > MEMORY)
		return EIO;
	if (write)
		memcpy(memory + iova % MEMORY, buf, len);
	else
		memcpy(buf, memory + iova % MEMORY, len);
	return 0;
}

/* What the server has answered: whole replies, one after the other. */
static void
listen_to(int fd)
{
	static uint8_t buf[2 * SIM_MAX_MSG];
	struct vfio_user_hdr h;
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	size_t at = 0;

	for (; n > 0 && at + sizeof(h) <= (size_t)n; at += h.size) {
		memcpy(&h, buf + at, sizeof(h));
		CHECK((h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY);
		CHECK(h.size >= sizeof(h) && h.size <= SIM_MAX_MSG);
		CHECK((h.flags & VFIO_USER_F_ERROR) == 0 || h.error != 0);
	}
}

/* As the server's loop does it. */
static void
serve(struct sim_conn *c, int fd)
{
	struct sim_msg *m;

	while (!c->dead && (m = sim_conn_next(c)) != NULL) {
		sim_conn_request(c, m);
		listen_to(fd);
	}
	now += 1000000;
	sim_dev_run_timers(dev);
}

static void
say(int fd, const void *buf, size_t len, bool with_memory)
{
	union { char buf[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } u = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int mem = -1;

	if (with_memory) {
		mem = memfd_create("fuzz", MFD_CLOEXEC);
		CHECK(mem >= 0 && ftruncate(mem, MEMORY) == 0);
		m.msg_control = u.buf;
		m.msg_controllen = sizeof(u.buf);
		u.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
		    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&u.align), &mem, sizeof(mem));
	}
	(void)!sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (mem >= 0)
		close(mem);
}

static void
message(int fd, unsigned what, const uint8_t *data, size_t len)
{
	uint8_t buf[sizeof(struct vfio_user_hdr) + 4096];
	struct vfio_user_hdr h = { .id = 7, .cmd = (uint16_t)(what & 31),
	    .flags = VFIO_USER_F_TYPE_COMMAND | ((what & 64) != 0 ? VFIO_USER_F_NO_REPLY : 0) };

	h.size = (uint32_t)(sizeof(h) + len);
	memcpy(buf, &h, sizeof(h));
	if (len != 0)
		memcpy(buf + sizeof(h), data, len);
	say(fd, buf, h.size, (what & 32) != 0);
}

static void
setup(void)
{
	static const struct sim_host_ops ops = { .dma_message = dma, .emit = emit,
	    .now = clock_now };

	CHECK(sim_dev_new(&sim_i7260, &ops, NULL, &dev) == 0 && sim_dev_start(dev) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t version[] = { 0, 0, 1, 0 };
	struct sim_server_opts o = { 0 };
	struct sim_conn *c;
	int sv[2];

	if (size < 1)
		return 0;
	if (dev == NULL)
		setup();
	o.dev = dev;
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) == 0);
	c = sim_conn_new(&o, sv[0]);
	CHECK(c != NULL);
	sim_dev_attach(dev);
	if ((data[0] & 1) == 0)
		message(sv[1], VFIO_USER_VERSION, version, sizeof(version));
	serve(c, sv[1]);
	for (size_t at = 1; at + 3 <= size && !c->dead;) {
		size_t len = data[at + 1] | (size_t)data[at + 2] << 8, room = size - at - 3;

		len = len > 4096 ? 4096 : len;
		len = len > room ? room : len;
		if ((data[at] & 128) != 0)
			say(sv[1], data + at + 3, len, false);
		else
			message(sv[1], data[at], data + at + 3, len);
		at += 3 + len;
		serve(c, sv[1]);
	}
	sim_conn_free(c);
	sim_dev_detach(dev);
	close(sv[1]);
	return 0;
}
