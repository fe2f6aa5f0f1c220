/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vfio-user client on servers that misbehave: always a clean error or a device that is
 * gone, with a reason, in bounded time, and nothing left behind.  Prints TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/vfio_fake.h"
#include "tests/unit/open_fds.h"
#include "tests/unit/tap.h"
#include "vfio/vfio.h"

#define SHORT_MS	150	/* time-out for servers that are to stall */
#define STALL_MS	1500	/* the same after an opening that is to succeed before it */
#define LONG_MS		20000	/* one that is never to be reached */

static struct vfio_err err;
static atomic_int gone_calls;
static char gone_why[512];

static void
gone(void *arg, const char *why)
{
	(void)arg;
	snprintf(gone_why, sizeof(gone_why), "%s", why);
	gone_calls++;
}

static const struct { enum fake_how how; const char *name, *text; } bad[] = {
	{ FAKE_CLOSE, "closes", "closed the connection" },
	{ FAKE_HALF_CLOSE, "closes within the answer", "closed the connection" },
	{ FAKE_STALL, "stalls", "no answer to" },
	{ FAKE_WRONG_ID, "answers with another id", "to which none is due" },
	{ FAKE_WRONG_CMD, "answers another command", "says it is one to" },
	{ FAKE_OVERSIZE, "claims 2 GiB", "claims 2147483648 bytes" },
	{ FAKE_UNDERSIZE, "claims 8 bytes", "claims 8 bytes" },
	{ FAKE_BAD_TYPE, "sends neither command nor reply", "neither command nor reply" },
	{ FAKE_LONG, "sends 8 KiB too much", "are the most it can have" },
	{ FAKE_GARBAGE, "sends garbage", "protocol error" },
};
#define NBAD	(sizeof(bad) / sizeof(bad[0]))

static char line[200];

static const char *
named(const char *a, const char *b)
{
	snprintf(line, sizeof(line), "%s %s", a, b);
	return line;
}

static int
open_dev(struct fake *f, int timeout_ms, struct vfio_dev **dev)
{
	struct vfio_open_opts o = { .timeout_ms = timeout_ms, .gone = gone };

	gone_calls = 0;
	gone_why[0] = '\0';
	return vfio_open(fake_target(f), &o, dev, &err);
}

static int
timeout_for(enum fake_how how, int stall_ms)
{
	return how == FAKE_STALL ? stall_ms : LONG_MS;
}

/* At every message of opening, every misbehaviour. */
static void
test_open(void)
{
	static const struct { int cmd, nth; const char *name; } at[] = {
		{ VFIO_USER_VERSION, 1, "at VERSION the server" },
		{ VFIO_USER_DEVICE_GET_INFO, 1, "at device info the server" },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 1, "at region 0 the server" },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 3, "at region 2 the server" },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, 2, "at interrupt type 1 the server" },
	};
	struct vfio_dev *dev;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		for (size_t k = 0; k < NBAD; k++) {
			struct fake *f = fake_start();
			int error;

			fake_misbehave(f, at[i].cmd, at[i].nth, bad[k].how);
			error = open_dev(f, timeout_for(bad[k].how, SHORT_MS), &dev);
			if (!ok(error != 0 && dev == NULL && gone_calls == 0 &&
			    strstr(err.text, fake_target(f)) != NULL,
			    named(at[i].name, bad[k].name)))
				printf("# error %d: %s\n", error, err.text);
			if (at[i].cmd != VFIO_USER_VERSION || bad[k].how == FAKE_WRONG_ID)
				like(err.text, bad[k].text, "and the error says so");
			fake_stop(f);
		}
	}
}

static void
test_payloads(void)
{
	static const struct { int cmd, nth; enum fake_how how; const char *name, *text; } at[] = {
		{ VFIO_USER_VERSION, 1, FAKE_BARE, "VERSION without payload", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_SHORT, "VERSION whose text has no NUL", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_OTHER_FIELDS, "VERSION inverted", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_ERROR, "VERSION refused", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_EXTRA_FD, "VERSION with a descriptor", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_ERROR_FD, "VERSION refused with a descriptor", NULL },
		{ VFIO_USER_VERSION, 1, FAKE_TWICE, "VERSION twice", NULL },
		{ VFIO_USER_DEVICE_GET_INFO, 1, FAKE_BARE, "device info without payload", NULL },
		{ VFIO_USER_DEVICE_GET_INFO, 1, FAKE_SHORT, "device info cut off", NULL },
		{ VFIO_USER_DEVICE_GET_INFO, 1, FAKE_ERROR, "device info refused", NULL },
		{ VFIO_USER_DEVICE_GET_INFO, 1, FAKE_EXTRA_FD, "device info with a descriptor", NULL },
		{ VFIO_USER_DEVICE_GET_INFO, 1, FAKE_TWICE, "device info twice", NULL },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 1, FAKE_BARE, "region info empty",
		    "region info of 0 bytes, 32 are needed" },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 3, FAKE_SHORT, "region info cut off", NULL },
		{ VFIO_USER_DEVICE_GET_REGION_INFO, 3, FAKE_OTHER_FIELDS, "region info inverted",
		    "region 2 says it is one for" },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, 1, FAKE_SHORT, "interrupt info cut off", NULL },
		{ VFIO_USER_DEVICE_GET_IRQ_INFO, 1, FAKE_OTHER_FIELDS, "interrupt info inverted", NULL },
	};
	struct vfio_dev *dev;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct fake *f = fake_start();
		int error;

		fake_misbehave(f, at[i].cmd, at[i].nth, at[i].how);
		error = open_dev(f, LONG_MS, &dev);
		if (!ok(error != 0 && dev == NULL && strlen(err.text) > 20, at[i].name))
			printf("# error %d: %s\n", error, err.text);
		if (at[i].text != NULL)
			like(err.text, at[i].text, "and the error says what does not fit");
		if (dev != NULL)
			vfio_close(dev);
		fake_stop(f);
	}
}

static void
test_versions(void)
{
	static const struct { uint16_t major, minor; const char *text, *want, *name; } v[] = {
		{ 1, 0, NULL, "version 1.0", "another major version" },
		{ 0, 2, NULL, "version 0.2", "a minor version above ours" },
		{ 0, 1, "{bad", "not JSON", "version data that is not JSON" },
		{ 0, 1, "{\"capabilities\":3}", "not an object", "capabilities that are a number" },
		{ 0, 1, "{\"capabilities\":{\"max_msg_fds\":\"x\"}}", "max_msg_fds",
		    "a capability that is a string" },
		{ 0, 1, "{\"capabilities\":{\"pgsizes\":0}}", "pgsizes", "no page size" },
		{ 0, 1, "{\"capabilities\":{\"max_data_xfer_size\":-5}}", "max_data_xfer_size",
		    "a negative capability" },
	};
	struct vfio_dev *dev;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct fake *f = fake_start();

		f->major = v[i].major;
		f->minor = v[i].minor;
		f->version_text = v[i].text;
		ok(open_dev(f, LONG_MS, &dev) == EPROTO, v[i].name);
		like(err.text, v[i].want, "and the error says so");
		fake_stop(f);
	}
	for (int i = 0; i < 3; i++) {
		struct fake *f = fake_start();

		f->twin_fd = i == 1;
		f->twin_text = i == 2 ? "\"twin_socket\":{\"supported\":true}" :
		    "\"twin_socket\":{\"supported\":true,\"fd_index\":1}";
		ok(open_dev(f, LONG_MS, &dev) == EPROTO, i == 0 ? "a twin socket without one" :
		    i == 1 ? "a twin socket at another index" : "a twin socket at no index");
		like(err.text, "twin_socket", "and the error says so");
		fake_stop(f);
	}
	for (int i = 0; i < 2; i++) {
		struct fake *f = fake_start();

		f->minor = 0;
		f->version_text = i == 0 ? "" : "{}";
		ok(open_dev(f, LONG_MS, &dev) == 0 && vfio_dma_info(dev)->max_maps == 65535,
		    i == 0 ? "version 0.0 without data is taken" : "no capabilities are taken");
		vfio_close(dev);
		fake_stop(f);
	}
}

/* What a device that is gone does. */
static void
check_gone(struct vfio_dev *dev, struct vfio_bar *b0, struct vfio_bar *b2, const char *text)
{
	int efd = eventfd(0, EFD_CLOEXEC);
	uint32_t v = 0;

	like(vfio_gone(dev), text, "it is gone and says why");
	ok(gone_calls == 1 && strcmp(gone_why, vfio_gone(dev)) == 0,
	    "the callback was called once, with the reason");
	ok(vfio_read32(b0, 0) == 0xffffffff && vfio_read32(b2, 0) == 0xffffffff &&
	    vfio_read64(b2, 8192) == UINT64_MAX, "registers read as ones, mapped or not");
	vfio_write32(b0, 0, 1);
	vfio_write32(b2, 4, 1);
	ok(vfio_config_read(dev, 0, 4, &v) == ENODEV && v == 0xffffffff &&
	    vfio_irq_enable(dev, 2, 0, 1, &efd, &err) == ENODEV &&
	    vfio_reset(dev, &err) == ENODEV && vfio_process(dev) == ENODEV &&
	    vfio_irq_disable(dev, 0) == 0,
	    "everything else fails at once");
	close(efd);
}

static void
test_running(void)
{
	for (size_t k = 0; k < NBAD; k++) {
		struct fake *f = fake_start();
		struct vfio_bar *b0, *b2;
		struct vfio_dev *dev;
		uint32_t v = 0;

		if (open_dev(f, timeout_for(bad[k].how, STALL_MS), &dev) != 0 ||
		    vfio_bar_map(dev, 0, &b0, &err) != 0 || vfio_bar_map(dev, 2, &b2, &err) != 0) {
			ok(false, err.text);
			continue;
		}
		fake_misbehave(f, VFIO_USER_REGION_READ, 1, bad[k].how);
		ok(vfio_region_read(dev, 0, 16, &v, 4) == ENODEV && v == 0xffffffff,
		    named("at a register read the server", bad[k].name));
		check_gone(dev, b0, b2, bad[k].text);
		vfio_close(dev);
		fake_stop(f);
	}
}

/* Replies that do not fit their request, command by command. */
static void
test_misfits(void)
{
	static const enum fake_how hows[] = { FAKE_SHORT, FAKE_BARE, FAKE_OTHER_FIELDS,
	    FAKE_EXTRA_FD };
	uint8_t *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);
	struct vfio_write w = { .offset = 0, .region = 0, .width = 4 };

	for (size_t k = 0; k < sizeof(hows) / sizeof(hows[0]); k++) {
		for (int what = 0; what < 5; what++) {
			static const int cmds[] = { VFIO_USER_REGION_READ, VFIO_USER_REGION_WRITE,
			    VFIO_USER_REGION_WRITE_MULTI, VFIO_USER_DMA_UNMAP,
			    VFIO_USER_DEVICE_RESET };
			struct fake *f = fake_start();
			struct vfio_dev *dev;
			uint32_t v = 0;
			int error;

			if (what == 4 && hows[k] != FAKE_EXTRA_FD) {	/* has no payload */
				fake_stop(f);
				continue;
			}
			(void)open_dev(f, LONG_MS, &dev);
			(void)vfio_dma_map(dev, mem, 4096, 4096, 3, -1, 0, &err);
			fake_misbehave(f, cmds[what], 1, hows[k]);
			error = what == 0 ? vfio_region_read(dev, 0, 0, &v, 4) :
			    what == 1 ? vfio_region_write(dev, 0, 0, &v, 4) :
			    what == 2 ? vfio_region_write_many(dev, &w, 1) :
			    what == 3 ? (vfio_dma_unmap(dev, 4096, 4096, &err), ENODEV) :
			    vfio_reset(dev, &err);
			/* An inverted read is wrong in its head, which is what is checked. */
			snprintf(line, sizeof(line), "command %d, misfit %d", cmds[what],
			    hows[k]);
			ok(error == ENODEV && vfio_gone(dev) != NULL, line);
			vfio_close(dev);
			fake_stop(f);
		}
	}
	munmap(mem, 4096);
}

static void
engine(struct vfio_dev *dev, unsigned cmd, uint64_t len)
{
	uint64_t addr = 4096;

	(void)vfio_region_write(dev, 0, FAKE_DMA_ADDR, &addr, 8);
	(void)vfio_region_write(dev, 0, FAKE_DMA_LEN, &len, 8);
	(void)vfio_region_write(dev, 0, FAKE_DMA_CMD, &cmd, 4);
}

static void
test_dma_requests(void)
{
	static const struct { unsigned cmd; const char *text, *name; } at[] = {
		{ FAKE_DMA_BADLEN, "has a payload of", "a DMA_WRITE with too little data" },
		{ FAKE_DMA_FDS, "brings 1 file descriptors", "a DMA_READ with a descriptor" },
		{ FAKE_DMA_FLOOD, "does not take the answers", "DMA_READ without end" },
	};
	uint8_t *mem = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	    0);

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct fake *f = fake_start();
		struct vfio_dev *dev;

		(void)open_dev(f, LONG_MS, &dev);
		(void)vfio_dma_map(dev, mem, 65536, 4096, 3, -1, 0, &err);
		engine(dev, at[i].cmd, 65536);
		for (int n = 0; n < 2000 && vfio_process(dev) == 0; n++)
			usleep(1000);
		like(vfio_gone(dev), at[i].text, at[i].name);
		vfio_close(dev);
		fake_stop(f);
	}
	munmap(mem, 65536);
}

/* Of a file of 16384 bytes.  An end that wraps around would be one that is there. */
static void
test_file_offsets(void)
{
	static const struct { uint64_t offset; const char *text; } places[] = {
		{ 0, NULL }, { 4096, "has 16384 bytes, 20480 are needed" },
		{ INT64_MAX - 4095, "no file is as long" },
		{ UINT64_MAX - 4095, "no file is as long" },
		{ UINT64_MAX - 16383, "no file is as long" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *text = places[i].text;
		struct fake *f = fake_start();
		struct vfio_bar *bar;
		struct vfio_dev *dev;
		int error;

		f->offset4 = places[i].offset;
		err.text[0] = '\0';
		error = open_dev(f, LONG_MS, &dev);
		if (error == 0) {
			error = vfio_bar_map(dev, 4, &bar, &err);
			vfio_close(dev);
		}
		snprintf(line, sizeof(line), "region at %#llx of its file: %.100s",
		    (unsigned long long)places[i].offset, error == 0 ? "mapped" : err.text);
		ok(text == NULL ? error == 0 : error == EPROTO && strstr(err.text, text) != NULL,
		    line);
		fake_stop(f);
	}
}

/* Of a region that is a file.  A size that wraps around when it is rounded up would be none. */
static void
test_sizes(void)
{
	static const struct { uint64_t size; int error; const char *text; } sizes[] = {
		{ UINT64_MAX, EPROTO, "has 0xffffffffffffffff bytes to map, and no file is as long" },
		{ UINT64_MAX - 4094, EPROTO, "has 0xfffffffffffff001 bytes to map" },
		{ UINT64_C(1) << 63, EPROTO, "has 0x8000000000000000 bytes to map" },
		{ UINT64_C(1) << 62, ENOMEM, "no address space for 0x4000000000000000 bytes" },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct fake *f = fake_start();
		struct vfio_bar *bar;
		struct vfio_dev *dev;

		f->size4 = sizes[i].size;
		if (!ok(open_dev(f, LONG_MS, &dev) == 0, "the device is opened")) {
			fake_stop(f);
			continue;
		}
		ok(vfio_bar_map(dev, 4, &bar, &err) == sizes[i].error && bar == NULL,
		    "a region that is too large is not mapped");
		like(err.text, sizes[i].text, "and the error says why");
		vfio_close(dev);
		fake_stop(f);
	}
}

static void *
reader(void *arg)
{
	struct vfio_dev *dev = arg;
	uint32_t v;

	while (vfio_region_read(dev, 0, 0, &v, 4) == 0)
		;
	return NULL;
}

static void
test_threads(void)
{
	static const enum fake_how hows[] = { FAKE_CLOSE, FAKE_STALL, FAKE_WRONG_ID };

	for (int k = 0; k < 3; k++) {
		struct fake *f = fake_start();
		struct vfio_bar *bar;
		struct vfio_dev *dev;
		pthread_t t[6];

		(void)open_dev(f, timeout_for(hows[k], STALL_MS), &dev);
		(void)vfio_bar_map(dev, 2, &bar, &err);
		fake_misbehave(f, VFIO_USER_REGION_READ, 200, hows[k]);
		for (int i = 0; i < 6; i++)
			pthread_create(&t[i], NULL, reader, dev);
		for (int i = 0; i < 6; i++)
			pthread_join(t[i], NULL);
		ok(vfio_gone(dev) != NULL && gone_calls == 1,
		    "six threads that wait all end, and the reason is told once");
		vfio_close(dev);
		fake_stop(f);
	}
}

int
main(void)
{
	int fds = open_fds();

	test_open();
	test_payloads();
	test_versions();
	test_running();
	test_misfits();
	test_dma_requests();
	test_file_offsets();
	test_sizes();
	test_threads();
	ok(open_fds() == fds, "no file descriptor is left");
	return done();
}
