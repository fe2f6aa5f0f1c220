/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pdk in one thread, for tests of iwm's insides without a harness: iwm_fakepdk.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pdk.h>
#include <pdk80211.h>

#include "iwm_fakepdk.h"

int live, steps, fail_at = -1, compacts, bar_mapped, established, locked, failures, disturbed;
unsigned frames, scans[2], sent[2], ready;
uint32_t last_wrptr;
uint32_t hw_rev = 0x144;

const struct fake_card *fake_card;
const struct pdk80211_ops *fake_ops;
const void *fake_fw;
size_t fake_fw_size;

static uint64_t now;

static int
refused(void)
{
	return steps++ == fail_at;
}

/* ---- what the device sees: pages from PAGES_AT on ---- */

#define PAGE		4096u
#define NPAGES		4096u
#define PAGES_AT	((bus_addr_t)0x100000)

static struct {
	uint8_t	*va;			/* NULL: free */
	size_t	 len;			/* from va to the end of the object */
} pages[NPAGES];
static unsigned next_page;

static bus_addr_t
pages_add(void *va, size_t len, size_t align)
{
	unsigned n = (unsigned)howmany(len, PAGE), step = (unsigned)howmany(align, PAGE), at, i;

	for (at = next_page;; at++) {
		at = roundup(at, step);
		if (at + n > NPAGES)
			at = 0;
		for (i = 0; i < n && pages[at + i].va == NULL; i++)
			continue;
		if (i == n)
			break;
	}
	next_page = at + n;
	for (i = 0; i < n; i++) {
		pages[at + i].va = (uint8_t *)va + i * PAGE;
		pages[at + i].len = len - i * PAGE;
	}
	return PAGES_AT + (bus_addr_t)at * PAGE;
}

static void
pages_remove(bus_addr_t pa, size_t len)
{
	unsigned at = (unsigned)((pa - PAGES_AT) / PAGE), i;

	for (i = 0; i < howmany(len, PAGE); i++)
		pages[at + i].va = NULL;
}

void *
fake_dma(bus_addr_t pa, size_t len)
{
	size_t at = (size_t)((pa - PAGES_AT) / PAGE), off = pa % PAGE;

	if (pa < PAGES_AT || at >= NPAGES || pages[at].va == NULL || off > pages[at].len ||
	    len > pages[at].len - off)
		return NULL;
	return pages[at].va + off;
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
	if (refused())
		return ENXIO;
	*t = NULL;
	*h = NULL;
	*sz = 8192;
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
	return refused() ? ENOSPC : 0;
}

static int (*intr_filter)(void *);
static void (*intr_bh)(void *);
static void *intr_arg;

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	(void)dev, (void)vec;
	if (refused())
		return ENOMEM;
	intr_filter = filter;
	intr_bh = bh;
	intr_arg = arg;
	established = 1;
	return 0;
}

void
fake_interrupt(void)
{
	if (established && intr_filter(intr_arg) == PDK_INTR_BH)
		intr_bh(intr_arg);
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

/* Woken or not, some time has passed, so that no wait is for ever. */
int
pdk_wait(struct pdk_dev *dev, struct pdk_wchan *c, unsigned ms)
{
	unsigned before = c->wc_wakeups;

	if (fake_card != NULL) {
		pdk_unlock(dev);
		fake_card->idle();
		fake_timers(dev);
		pdk_lock(dev);
		if (c->wc_wakeups != before) {
			now++;
			return 0;
		}
	}
	now += ms;
	return ETIMEDOUT;
}

void
pdk_wake(struct pdk_dev *dev, struct pdk_wchan *c)
{
	(void)dev;
	c->wc_wakeups++;
}

/* ---- tasks and timers: those that run when the test says so ---- */

static TAILQ_HEAD(, pdk_task) tasks = TAILQ_HEAD_INITIALIZER(tasks);
static TAILQ_HEAD(, pdk_timer) timers = TAILQ_HEAD_INITIALIZER(timers);

void
pdk_task_init(struct pdk_dev *dev, struct pdk_task *t, void (*fn)(void *), void *arg)
{
	(void)dev;
	t->tk_fn = fn;
	t->tk_arg = arg;
	t->tk_queued = false;
}

void
pdk_task_post(struct pdk_task *t)
{
	if (fake_card == NULL || t->tk_queued)
		return;
	t->tk_queued = true;
	TAILQ_INSERT_TAIL(&tasks, t, tk_link);
}

void
pdk_task_cancel(struct pdk_task *t)
{
	if (t->tk_queued)
		TAILQ_REMOVE(&tasks, t, tk_link);
	t->tk_queued = false;
}

int
fake_task(void)
{
	struct pdk_task *t = TAILQ_FIRST(&tasks);

	if (t == NULL)
		return 0;
	pdk_task_cancel(t);
	t->tk_fn(t->tk_arg);
	return 1;
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
pdk_timer_stop(struct pdk_timer *tm)
{
	if (tm->tm_armed)
		TAILQ_REMOVE(&timers, tm, tm_link);
	tm->tm_armed = false;
}

void
pdk_timer_arm(struct pdk_timer *tm, unsigned ms)
{
	pdk_timer_stop(tm);
	tm->tm_armed = true;
	tm->tm_when = now + ms;
	TAILQ_INSERT_TAIL(&timers, tm, tm_link);
}

void
pdk_timer_drain(struct pdk_timer *tm)
{
	pdk_timer_stop(tm);
}

void
fake_timers(struct pdk_dev *dev)
{
	struct pdk_timer *tm;

	for (;;) {
		TAILQ_FOREACH(tm, &timers, tm_link)
			if (tm->tm_when <= now)
				break;
		if (tm == NULL)
			return;
		pdk_timer_stop(tm);
		pdk_lock(dev);
		tm->tm_fn(tm->tm_arg);
		pdk_unlock(dev);
	}
}

void
fake_time(struct pdk_dev *dev, unsigned ms)
{
	now += ms;
	fake_timers(dev);
}

void
pdk_worker_drain(struct pdk_dev *dev)
{
	(void)dev;
	while (fake_task())
		continue;
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
	(void)dev, (void)name;
	if (fake_fw == NULL)
		return ENOENT;
	*data = fake_fw;
	*size = fake_fw_size;
	live++;
	return 0;
}

void
pdk_firmware_put(struct pdk_dev *dev, const void *data, size_t size)
{
	(void)dev;
	if (data != fake_fw || size != fake_fw_size)
		abort();
	live--;
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

int
pdk_dma_alloc(struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size, bus_size_t align)
{
	(void)dev;
	if (refused())
		return ENOMEM;
	d->va = aligned_alloc(align < 64 ? 64 : align, roundup(size, align < 64 ? 64 : align));
	if (d->va == NULL)
		abort();
	memset(d->va, 0, size);
	d->pa = pages_add(d->va, size, align);
	d->size = size;
	live++;
	return 0;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	if (d->va != NULL) {
		pages_remove(d->pa, d->size);
		live--;
	}
	free(d->va);
	memset(d, 0, sizeof(*d));
}

void
pdk_dma_sync(struct pdk_dma *d, bus_size_t off, bus_size_t len, int op)
{
	(void)op;
	if (off + len > d->size)
		abort();
}

struct fake_map {
	struct mbuf	*m;		/* NULL: not loaded */
	bus_addr_t	 pa;
	size_t		 len;
};

static struct fake_map *
map_of(const struct pdk_dmamap *m)
{
	return (struct fake_map *)(void *)m->dm_obj;
}

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	(void)dev, (void)maxsize, (void)maxsegs;
	if (refused())
		return ENOMEM;
	if ((m->dm_obj = calloc(1, sizeof(struct fake_map))) == NULL)
		abort();
	live++;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	if (m->dm_obj != NULL && map_of(m)->m != NULL)
		abort();
	free(m->dm_obj);
	m->dm_obj = NULL;
	live--;
}

/* As a system that has one segment of a chain of many, and no memory to bounce it to. */
static int
compact_in_vain(struct mbuf **mp)
{
	struct mbuf *m = pdk_mbuf_rxalloc((bus_size_t)(*mp)->m_len);

	if (m != NULL) {
		m_copydata(*mp, 0, (*mp)->m_len, m->m_data);
		m_freem(*mp);
		*mp = m;
	}
	return ENOMEM;
}

int
pdk_map_load_mbuf(struct pdk_dmamap *m, struct mbuf **mp, int write)
{
	struct fake_map *fm = map_of(m);

	(void)write;
	if (compacts)
		return compact_in_vain(mp);
	if (refused())
		return ENOMEM;
	if (fm->m != NULL)
		abort();
	fm->m = *mp;
	fm->len = (size_t)(*mp)->m_len;
	fm->pa = pages_add((*mp)->m_data, fm->len, 1);
	live++;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	if (map_of(m)->m == NULL)
		abort();
	pages_remove(map_of(m)->pa, map_of(m)->len);
	map_of(m)->m = NULL;
	live--;
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	return map_of(m)->m != NULL;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	(void)seg;
	return map_of(m)->len;
}

void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	(void)m, (void)op;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	(void)seg;
	return map_of(m)->pa;
}

struct mbuf *
pdk_mbuf_rxalloc(bus_size_t size)
{
	struct mbuf *m;

	if (refused())
		return NULL;
	live++;
	if ((m = calloc(1, sizeof(*m))) == NULL || (m->m_buf = malloc(size)) == NULL)
		abort();
	m->m_data = (caddr_t)m->m_buf;
	m->m_len = m->m_pkthdr.len = (int)size;
	memset(m->m_data, 0, size);
	return m;
}

void
m_freem(struct mbuf *m)
{
	live--;
	free(m->m_buf);
	free(m);
}

void
m_adj(struct mbuf *m, int len)
{
	if (len > m->m_len || -len > m->m_len)
		abort();
	if (len > 0)
		m->m_data += len;
	m->m_len -= len < 0 ? -len : len;
	m->m_pkthdr.len = m->m_len;
}

void
m_copydata(struct mbuf *m, int off, int len, void *to)
{
	if (off + len > m->m_len)
		abort();
	memcpy(to, m->m_data + off, (size_t)len);
}

uint32_t
bus_space_read_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off)
{
	(void)t, (void)h;
	if (fake_card != NULL)
		return fake_card->read((uint32_t)off);
	if (off == 0x24)
		return 0x08000001;	/* CSR_GP_CNTRL: awake, radio on */
	return off == 0x28 ? hw_rev : 0;	/* CSR_HW_REV */
}

void
bus_space_write_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, uint32_t v)
{
	(void)t, (void)h;
	if (fake_card != NULL)
		fake_card->write((uint32_t)off, v);
	if (off == 0x460)
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
	(void)dev, (void)caps;
	if (fake_card != NULL && refused())
		return ENOMEM;
	fake_ops = ops;
	return 0;
}

void
pdk80211_detach(struct pdk_dev *dev)
{
	if (fake_card != NULL && fake_ops != NULL)
		fake_ops->down(dev);
	fake_ops = NULL;
}

void
pdk80211_rx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	(void)dev, (void)info;
	if (locked || m->m_len < 0)
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
	(void)dev;
	if (locked)
		abort();
	disturbed |= blocked;
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	(void)dev;
	if (locked)
		abort();
	disturbed = 1;
}
