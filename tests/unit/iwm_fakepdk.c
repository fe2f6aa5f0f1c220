/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pdk that only counts, for tests of iwm's insides without a harness: iwm_fakepdk.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pdk.h>
#include <pdk80211.h>

#include "iwm_fakepdk.h"

int live, steps, fail_at = -1, compacts, bar_mapped, established, locked, failures;
unsigned bar_size = 8192;
unsigned frames, scans[2], sent[2], ready;
unsigned intr_kind = PDK_INTR_MSI;
uint32_t csr_int, csr_int_mask, last_wrptr;
uint32_t hw_rev = 0x144;
void (*fake_waits)(void);

static uint64_t now;

int
fake_refused(void)
{
	return steps++ == fail_at;
}

uint32_t
pdk_pci_id(struct pdk_dev *dev)
{
	(void)dev;
	return 0x08b18086;
}

uint32_t
pdk_pci_read(struct pdk_dev *dev, int reg)
{
	(void)dev, (void)reg;
	return 0;
}

void
pdk_pci_write(struct pdk_dev *dev, int reg, uint32_t val)
{
	(void)dev, (void)reg, (void)val;
}

int
pdk_pci_find_cap(struct pdk_dev *dev, int cap, int *off)
{
	(void)dev, (void)cap, (void)off;
	return ENOENT;
}

int
pdk_pci_map_bar(struct pdk_dev *dev, int bar, bus_space_tag_t *t, bus_space_handle_t *h,
    bus_size_t *sz)
{
	(void)dev, (void)bar;
	if (fake_refused())
		return ENXIO;
	*t = NULL;
	*h = NULL;
	*sz = bar_size;
	bar_mapped++;
	return 0;
}

void
pdk_pci_unmap_bar(struct pdk_dev *dev, int bar)
{
	(void)dev, (void)bar;
	bar_mapped--;
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	(void)dev, (void)kinds;
	*nvec = 1;
	return fake_refused() ? ENOSPC : 0;
}

unsigned
pdk_intr_kind(struct pdk_dev *dev)
{
	(void)dev;
	return intr_kind;
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	(void)dev, (void)vec, (void)filter, (void)bh, (void)arg;
	if (fake_refused())
		return ENOMEM;
	established = 1;
	return 0;
}

void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	(void)dev;
	established = 0;
}

void
pdk_lock(struct pdk_dev *dev)
{
	(void)dev;
	if (locked++)
		abort();
}

void
pdk_unlock(struct pdk_dev *dev)
{
	(void)dev;
	if (--locked)
		abort();
}

void
pdk_assert_locked(struct pdk_dev *dev)
{
	(void)dev;
	if (!locked)
		abort();
}

int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *c, unsigned ms)
{
	(void)dev, (void)c;
	now += ms;
	if (fake_waits != NULL)
		fake_waits();
	return ETIMEDOUT;
}

void
pdk_wake(struct pdk_dev *dev, struct pdk_wchan *c)
{
	(void)dev, (void)c;
}

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	(void)dev;
	t->tk_fn = fn;
	t->tk_arg = arg;
}

void
pdk_task_post(struct pdk_task *t)
{
	t->tk_queued = true;
}

void
pdk_task_cancel(struct pdk_task *t)
{
	t->tk_queued = false;
}

void
pdk_timer_init(struct pdk_dev *dev, struct pdk_timer *tm, void (*fn)(void *), void *arg)
{
	(void)dev;
	tm->tm_fn = fn;
	tm->tm_arg = arg;
	tm->tm_armed = false;
}

void
pdk_timer_arm(struct pdk_timer *tm, unsigned ms)
{
	tm->tm_armed = true;
	tm->tm_when = now + ms;
}

void
pdk_timer_stop(struct pdk_timer *tm)
{
	tm->tm_armed = false;
}

void
pdk_timer_drain(struct pdk_timer *tm)
{
	tm->tm_armed = false;
}

void
pdk_worker_drain(struct pdk_dev *dev)
{
	(void)dev;
}

int
pdk_call(struct pdk_dev *dev, int (*fn)(void *), void *arg)
{
	(void)dev;
	return fn(arg);
}

void *
pdk_zalloc(size_t n, int how)
{
	(void)how;
	live++;
	return calloc(1, n);
}

void
pdk_free(void *p, size_t n)
{
	(void)n;
	live -= p != NULL;
	free(p);
}

int
pdk_firmware_get(struct pdk_dev *dev, const char *name, const void **data, size_t *size)
{
	(void)dev, (void)name, (void)data, (void)size;
	return ENOENT;
}

void
pdk_firmware_put(struct pdk_dev *dev, const void *data, size_t size)
{
	(void)dev, (void)data, (void)size;
}

void
pdk_note(struct pdk_dev *dev, const char *where, const char *what, unsigned index)
{
	(void)dev, (void)where, (void)what, (void)index;
}

uint64_t
pdk_uptime_ms(void)
{
	return now;
}

void
pdk_delay(unsigned us)
{
	(void)us;
}

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	(void)dev, (void)fmt;
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	(void)dev, (void)state;
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	(void)dev, (void)key, (void)fmt;
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	(void)dev, (void)error, (void)fmt;
	failures++;
}

void
pdk_assert_failed(const char *expr, const char *file, int line, const char *func)
{
	printf("not ok - %s (%s:%d, %s)\n", expr, file, line, func);
	abort();
}

uint32_t
bus_space_read_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off)
{
	(void)t, (void)h;
	if (off == 0x08)
		return csr_int;
	if (off == 0x24)
		return 0x08000001;	/* CSR_GP_CNTRL: awake, radio on */
	return off == 0x28 ? hw_rev : 0;	/* CSR_HW_REV */
}

void
bus_space_write_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, uint32_t v)
{
	(void)t, (void)h;
	if (off == 0x0c)
		csr_int_mask = v;
	else if (off == 0x460)
		last_wrptr = v;
}

void
bus_space_write_1(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, uint8_t v)
{
	(void)t, (void)h, (void)off, (void)v;
}

void
bus_space_barrier(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, bus_size_t len,
    int flags)
{
	(void)t, (void)h, (void)off, (void)len, (void)flags;
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	(void)dev, (void)ops, (void)caps;
	return 0;
}

void
pdk80211_detach(struct pdk_dev *dev)
{
	(void)dev;
}

void
pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	(void)dev, (void)info;
	if (locked)
		abort();
	frames++;
	m_freem(m);
}

void
pdk80211_tx_done(struct pdk_dev *dev, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	(void)dev, (void)cookie;
	if (locked)
		abort();
	sent[st->ok]++;
	m_freem(m);
}

void
pdk80211_tx_ready(struct pdk_dev *dev)
{
	(void)dev;
	if (locked)
		abort();
	ready++;
}

void
pdk80211_beacon_miss(struct pdk_dev *dev)
{
	(void)dev;
	if (locked)
		abort();
}

void
pdk80211_scan_done(struct pdk_dev *dev, int aborted)
{
	(void)dev;
	if (locked)
		abort();
	scans[aborted != 0]++;
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	(void)dev, (void)blocked;
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	(void)dev;
}
