/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A personality that misbehaves on purpose, to test the harness at the process's boundary.
 * It drives the simulator's `edu` (identification at BAR0+0, liveness at 4).  FAKE in the
 * environment says what goes wrong: the words in MODE().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake_net.h"
#include "tests/unit/fake_personality.h"

#define EDU_ID		0x00
#define EDU_LIVE	0x04
#define EDU_FACT	0x08
#define EDU_IRQ_RAISE	0x60
#define EDU_IRQ_ACK	0x64
#define PCI_COMMAND	0x04

struct fake fake;

static void
nap(unsigned ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

static int
on_intr(void *arg, unsigned vec)
{
	(void)arg;
	(void)vec;
	hyp_write4(fake.bar, EDU_IRQ_ACK, 0xffffffff);
	if (MODE("crash-intr"))
		fake_inlined();
	if (MODE("hang-intr"))
		fake_spin();
	if (MODE("disestablish-in-intr"))
		hyp_intr_disestablish(fake.dev);
	sem_post(&fake.fired);
	return HYP_INTR_CLAIMED;
}

/* One second, unless the mode is to wait for ever. */
static int
await_interrupt(void)
{
	struct timespec until;
	int rc;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += MODE("patient") || MODE("hang-intr") ? 1000000 : 1;
	while ((rc = sem_timedwait(&fake.fired, &until)) != 0 && errno == EINTR)
		;
	return rc == 0 ? 0 : errno;
}

static int
interrupts(void)
{
	unsigned n = 1, kinds = MODE("intx") ? HYP_INTX : HYP_MSI | HYP_INTX, i;
	int error;

	error = hyp_intr_establish(fake.dev, kinds, &n, &fake.kind, on_intr, NULL);
	if (error != 0)
		return error;
	hyp_info(fake.dev, "intr", fake.kind == HYP_MSI ? "msi" : "intx");
	for (i = 0; i < 3 && error == 0; i++) {
		hyp_write4(fake.bar, EDU_IRQ_RAISE, 1);
		error = await_interrupt();
	}
	return error;
}

static int
establish_all(void)
{
	int error;

	hyp_conf_write(fake.dev, PCI_COMMAND, hyp_conf_read(fake.dev, PCI_COMMAND) | 6);
	error = hyp_bar_map(fake.dev, 0, &fake.bar);
	if (error != 0)
		return error;
	error = hyp_dma_limit(fake.dev, 28);
	if (error == 0)
		error = hyp_dma_alloc(fake.dev, 4096, 256, 0, "fake ring", &fake.mem);
	if (error != 0)
		return error;
	hyp_dma_own(fake.dev, fake.mem.iova, 4096, HYP_DMA_SHARED);
	hyp_dma_sync(fake.dev, fake.mem.iova, 64, 4);
	if (hyp_read4(fake.bar, EDU_ID) != 0x010000ed)
		return ENODEV;
	hyp_write4(fake.bar, EDU_LIVE, 0x12345678);
	if (hyp_read4(fake.bar, EDU_LIVE) != ~0x12345678u)
		return EIO;
	return interrupts();
}

/* Many register reads in two threads at once, more than a trace ring holds. */
static void *
burst_thread(void *arg)
{
	unsigned i;

	pthread_setname_np(pthread_self(), arg);
	for (i = 0; i < 5000; i++)
		hyp_read4(fake.bar, EDU_FACT);
	return NULL;
}

static void *
race_thread(void *arg)
{
	(void)arg;
	fake.raced++;
	return NULL;
}

static int
two_threads(void *(*fn)(void *))
{
	pthread_t t[2];
	int error;

	error = pthread_create(&t[0], NULL, fn, (char []){ "burst-0" });
	if (error != 0)
		return error;
	error = pthread_create(&t[1], NULL, fn, (char []){ "burst-1" });
	pthread_join(t[0], NULL);
	if (error == 0)
		pthread_join(t[1], NULL);
	return error;
}

static void *
fake_thread(void *arg)
{
	(void)arg;
	pthread_setname_np(pthread_self(), "fake-worker");
	hyp_trace(fake.dev, "task", "fake_thread", 1, 2);
	while (sem_wait(&fake.stop) != 0)
		;
	return NULL;
}

static void
give_back(void)
{
	hyp_intr_disestablish(fake.dev);
	if (fake.mem.va != NULL) {
		hyp_dma_own(fake.dev, fake.mem.iova, 4096, HYP_DMA_DRIVER);
		hyp_dma_free(fake.dev, &fake.mem);
	}
	if (fake.bar != NULL)
		hyp_bar_unmap(fake.bar);
	fake.bar = NULL;
}

/* What it may: a file of its own process, again and again. */
static void
open_often(void)
{
	char path[64];
	int fd, i;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)syscall(SYS_gettid));
	for (i = 0; i < 20000; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
	}
}

static int
fake_attach(struct hyp_dev *dev, void **softc)
{
	int error;

	fake.dev = dev;
	sem_init(&fake.fired, 0, 0);
	sem_init(&fake.stop, 0, 0);
	if (MODE("attach-fails"))
		return EIO;
	if (MODE("firmware")) {
		void *data;
		size_t size;

		error = hyp_firmware_get(dev, getenv("FAKE_FIRMWARE"), &data, &size);
		if (error != 0)
			return error;
		hyp_firmware_put(dev, data, size);
	}
	if (MODE("opens-often"))
		open_often();
	error = establish_all();
	if (MODE("double-free"))
		hyp_dma_free(dev, &(struct hyp_dma){ .iova = fake.mem.iova });
	if (error == 0)
		fake_misbehave();
	else
		give_back();
	hyp_info(dev, "id", "edu");
	hyp_info(dev, "quote", "a \"b\"\n\xff");
	hyp_log(dev, HYP_LOG_INFO, "attached by %s", fake.mode);
	*softc = &fake;
	return error;
}

static int
fake_late(void *softc)
{
	(void)softc;
	if (MODE("late-fails")) {
		hyp_log(fake.dev, HYP_LOG_ERROR, "the card says no");
		return EIO;
	}
	if (MODE("hang-late"))
		fake_spin();
	if (MODE("slow-late"))
		nap(1000);
	return 0;
}

static int
fake_run(void *softc)
{
	(void)softc;
	if (pthread_create(&fake.thread, NULL, fake_thread, NULL) != 0)
		return EAGAIN;
	fake.has_thread = 1;
	if (MODE("burst") && two_threads(burst_thread) != 0)
		return EAGAIN;
	if (MODE("race") && two_threads(race_thread) != 0)
		return EAGAIN;
	fake_wifi_report(fake.dev);
	if (strncmp(fake.mode, "capture", 7) == 0 && two_threads(fake_wifi_thread) != 0)
		return EAGAIN;
	if (MODE("capture-crash"))
		fake_inlined();
	hyp_state(fake.dev, "warm");
	if (MODE("net")) {
		int error = fake_net_start(fake.dev);

		if (error != 0)
			return error;
	}
	if (MODE("fail-later"))
		hyp_fail(fake.dev, ETIMEDOUT, "the firmware died");
	if (!MODE("never"))
		hyp_state(fake.dev, "hot");
	if (MODE("radio") && hyp_wifi(fake.dev)->ssid != NULL)
		hyp_state(fake.dev, "ip");
	return 0;
}

static int
fake_detach(void *softc, struct hyp_leaks *leaks)
{
	(void)softc;
	if (MODE("hang-detach"))
		fake_spin();
	if (fake.has_thread) {
		sem_post(&fake.stop);
		pthread_join(fake.thread, NULL);
		fake.has_thread = 0;
	}
	fake_net_stop();
	if (MODE("leak")) {
		leaks->mbufs = 3;
		return dup(2) < 0;
	}
	give_back();
	return 0;
}

/* What a sleep must not change, and what it takes away. */
static int
fake_suspend(void *softc)
{
	(void)softc;
	if (MODE("suspend-fails"))
		return EBUSY;
	if (MODE("hang-suspend"))
		fake_spin();
	hyp_write4(fake.bar, EDU_LIVE, 0x12345678);
	memset(fake.mem.va, 0x5a, 4096);
	hyp_power(fake.dev, 0);
	if (MODE("touch-asleep"))
		hyp_read4(fake.bar, EDU_LIVE);
	return 0;
}

static int
fake_resume(void *softc)
{
	const uint8_t *p = fake.mem.va;
	int error;

	(void)softc;
	error = hyp_power(fake.dev, 1);
	if (error == 0 && MODE("resume-fails"))
		error = ETIMEDOUT;
	if (error != 0)
		return error;
	hyp_info(fake.dev, "live", hyp_read4(fake.bar, EDU_LIVE) == 0 ? "lost" : "kept");
	hyp_info(fake.dev, "memory", p[0] == 0x5a && p[4095] == 0x5a ? "kept" : "lost");
	hyp_write4(fake.bar, EDU_IRQ_RAISE, 1);
	error = await_interrupt();
	hyp_info(fake.dev, "woken", error == 0 ? "interrupted" : strerror(error));
	return error;
}

static char *
fake_control(void *softc, const char *request)
{
	(void)softc;
	if (strstr(request, "\"crash\"") != NULL)
		fake_inlined();
	if (strstr(request, "\"die\"") != NULL)
		hyp_fail(fake.dev, 0, "asked to die");
	if (MODE("net") && strstr(request, "\"link\"") != NULL)
		fake_net_carrier(strstr(request, "\"up\"") != NULL);
	if (MODE("net"))
		return fake_net_counts();
	if (strstr(request, "\"hello\"") == NULL)
		return NULL;
	return strdup("{\"ok\":true,\"hello\":\"from the fake\"}");
}

static int
fake_match(uint16_t vendor, uint16_t product)
{
	return vendor == 0x1234 && product == 0x11e8;
}

/* A wifi driver has a state that needs the name of a network. */
static const char *const fake_states[] = { "warm", "hot", NULL };
static const char *const fake_radio_states[] = { "warm", "hot", "associated", "ip", NULL };
static const struct hyp_reg fake_regs[] = {
	{ 0, EDU_LIVE, "EDU_LIVE" }, { 0, EDU_ID, "EDU_ID" }, { 0, EDU_FACT, "EDU_FACT" },
	{ 0, EDU_IRQ_RAISE, "EDU_IRQ_RAISE" }, { 0, EDU_IRQ_ACK, "EDU_IRQ_ACK" }, { 0, 0, NULL },
};

static struct hyp_personality fake_personality = {
	.driver = "fake", .states = fake_states, .regs = fake_regs, .dma_bits = 28,
	.match = fake_match, .attach = fake_attach, .attach_late = fake_late, .run = fake_run,
	.detach = fake_detach, .suspend = fake_suspend, .resume = fake_resume,
	.control = fake_control,
};

const struct hyp_personality *
hyp_personality(void)
{
	fake.mode = getenv("FAKE");
	if (fake.mode == NULL)
		fake.mode = "ok";
	if (MODE("radio"))
		fake_personality.states = fake_radio_states;
	return &fake_personality;
}
