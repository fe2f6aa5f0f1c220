/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inproc_host.c - the life of a driver on a card in its process, in place of harness/life.c, whose
 * run is the process's; and what else would look outside; see inproc.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dev.h"
#include "harness/life.h"
#include "harness/options.h"
#include "harness/trace.h"
#include "shims/linux/softc.h"
#include "tests/fuzz/inproc.h"
#include "tests/fuzz/inproc_int.h"

const void *inproc_fw;
size_t inproc_fw_size;
int inproc_requests, inproc_fail_at = -1;

static struct hyp_dev *dev;

/* ---- saying ---- */

static bool
talks(void)
{
	static int yes = -1;

	if (yes < 0)
		yes = getenv("VOY_FUZZ_TALK") != NULL;
	return yes;
}

static void
say(const char *fmt, va_list ap)
{
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void
inproc_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (talks())
		say(fmt, ap);
	va_end(ap);
}

void
inproc_found(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ERROR: ", stderr);
	say(fmt, ap);
	va_end(ap);
	abort();
}

/* ---- what the harness's life.c and fatal.c do for the shim ---- */

void
hyp_violation(struct hyp_dev *d, const char *rule, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	(void)d;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	inproc_found("rule broken: %s: %s", rule, text);
}

void
hyp_fail(struct hyp_dev *d, int error, const char *text)
{
	(void)d;
	inproc_say("failed: %s (%d)", text, error);
}

void
life_fail(struct hyp_dev *d, int error, const char *fmt, ...)
{
	va_list ap;

	(void)d;
	(void)error;
	va_start(ap, fmt);
	if (talks())
		say(fmt, ap);
	va_end(ap);
}

void
hyp_vlog(struct hyp_dev *d, enum hyp_level level, const char *fmt, va_list ap)
{
	(void)d;
	(void)level;
	if (talks())
		say(fmt, ap);
}

void
hyp_log(struct hyp_dev *d, enum hyp_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hyp_vlog(d, level, fmt, ap);
	va_end(ap);
}

void
hyp_state(struct hyp_dev *d, const char *state)
{
	(void)d;
	inproc_say("state %s", state);
}

void
hyp_info(struct hyp_dev *d, const char *key, const char *value)
{
	(void)d;
	inproc_say("%s %s", key, value);
}

void
hyp_event(struct hyp_dev *d, const char *event, const char *members)
{
	(void)d;
	inproc_say("%s %s", event, members);
}

void
hyp_trace(struct hyp_dev *d, const char *kind, const char *name, uint64_t a, uint64_t b)
{
	(void)d;
	(void)kind;
	(void)name;
	(void)a;
	(void)b;
}

void
hyp_trace_begin(struct hyp_dev *d, const char *kind, const char *name, uint64_t a, uint64_t fn)
{
	hyp_trace(d, kind, name, a, fn);
}

void
hyp_trace_end(struct hyp_dev *d, const char *kind, const char *name, uint64_t a, uint64_t b)
{
	hyp_trace(d, kind, name, a, b);
}

void
hyp_trace_state(struct hyp_dev *d, const char *what, const char *state)
{
	hyp_trace(d, what, state, 0, 0);
}

/* ---- files ---- */

int
hyp_firmware_get(struct hyp_dev *d, const char *name, void **data, size_t *size)
{
	(void)d;
	(void)name;
	if (inproc_fw == NULL)
		return ENOENT;
	*data = malloc(inproc_fw_size);
	if (*data == NULL)
		return ENOMEM;
	memcpy(*data, inproc_fw, inproc_fw_size);
	*size = inproc_fw_size;
	return 0;
}

void
hyp_firmware_put(struct hyp_dev *d, void *data, size_t size)
{
	(void)d;
	(void)size;
	free(data);
}

/* ---- the network: no interface, and a thread that is the caller's ---- */

static struct {
	const struct hyp_net_ops *ops;		/* NULL: not open */
	void	*arg;
} net;

int
hyp_net_open(struct hyp_dev *d, const uint8_t mac[6], unsigned mtu, const struct hyp_net_ops *ops,
    void *arg, struct hyp_net **np)
{
	(void)d;
	(void)mac;
	(void)mtu;
	net.ops = ops;
	net.arg = arg;
	*np = (struct hyp_net *)&net;
	return 0;
}

void
hyp_net_close(struct hyp_net *n)
{
	(void)n;
	net.ops = NULL;
}

int
hyp_net_send(struct hyp_net *n, const void *frame, size_t len)
{
	static uint8_t sink[2048];

	(void)n;
	memcpy(sink, frame, len < sizeof(sink) ? len : sizeof(sink));	/* it is all there */
	return 0;
}

void
hyp_net_ready(struct hyp_net *n)
{
	(void)n;
}

void
hyp_net_carrier(struct hyp_net *n, int up)
{
	(void)n;
	inproc_say("carrier %d", up);
}

void
hyp_net_counts(struct hyp_net *n, struct hyp_net_counts *c)
{
	(void)n;
	memset(c, 0, sizeof(*c));
}

void
inproc_net_tx(const void *frame, size_t len)
{
	if (net.ops == NULL)
		return;
	if (net.ops->enter != NULL)
		net.ops->enter(net.arg);
	(void)net.ops->tx(net.arg, frame, len);
	if (net.ops->leave != NULL)
		net.ops->leave(net.arg);
}

/* ---- requests that fail, in place of shims/linux/fault.c ---- */

bool shim_fault_on = true;
atomic_bool shim_fault_gone;

static bool
is_request(enum shim_fault what)
{
	return what <= SHIM_FAULT_attach_net && what != SHIM_FAULT_zalloc_waitok;
}

bool
shim_fault_hits(struct hyp_dev *d, enum shim_fault what, const void *frame)
{
	(void)d;
	(void)frame;
	return is_request(what) && inproc_requests++ == inproc_fail_at;
}

bool
shim_fault_wakes(const void *frame)
{
	(void)frame;
	return false;
}

int
shim_fault_begin(struct hyp_dev *d)
{
	(void)d;
	return 0;
}

void
shim_fault_end(struct hyp_dev *d)
{
	(void)d;
}

int
shim_fault_reset(struct hyp_dev *d)
{
	(void)d;
	return 0;
}

/* ---- the life ---- */

void
inproc_begin(const struct inproc_card *card)
{
	static const struct options opt = { .target = "this process", .cycles = 1 };
	struct vfio_err err = { "" };

	inproc_requests = 0;
	inproc_fail_at = -1;
	inproc_set_card(card);
	inproc_clock_begin(card);
	if (dev_open(hyp_personality(), &opt, &dev, &err) != 0)
		inproc_found("no device: %s", err.text);
}

struct pdk_softc *
inproc_attach(int *error)
{
	const struct hyp_personality *p = hyp_personality();
	void *sc = NULL;

	*error = p->attach(dev, &sc);
	if (*error == 0 && p->attach_late != NULL)
		*error = p->attach_late(sc);
	return sc;
}

void
inproc_end(struct pdk_softc *sc)
{
	struct hyp_leaks leaks, none;
	char text[512];

	memset(&leaks, 0, sizeof(leaks));
	memset(&none, 0, sizeof(none));
	if (sc != NULL && hyp_personality()->detach(sc, &leaks) != 0)
		inproc_found("detach has failed");
	if (memcmp(&leaks, &none, sizeof(leaks)) != 0)
		inproc_found("the driver has not given everything back (VOY_FUZZ_TALK=1 says what)");
	if (dev_leaks(dev, text, sizeof(text)))
		inproc_found("not given back: %s", text);
	dev_close(dev);
	inproc_clock_end();
}
