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
unsigned frames, scans[2], sent[2], ready;
uint32_t last_wrptr;
uint32_t hw_rev = 0x144;

static uint64_t now;
static bus_addr_t next_pa = 0x100000;

static int
refused(void)
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

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	(void)dev, (void)vec, (void)filter, (void)bh, (void)arg;
	if (refused())
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
	(void)t;
}

void
pdk_task_cancel(struct pdk_task *t)
{
	(void)t;
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
	d->pa = roundup(next_pa, align);
	next_pa = d->pa + size;
	d->size = size;
	live++;
	return 0;
}

void
pdk_dma_free(struct pdk_dma *d)
{
	live -= d->va != NULL;
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

int
pdk_map_create(struct pdk_dev *dev, struct pdk_dmamap *m, bus_size_t maxsize, int maxsegs)
{
	(void)dev, (void)m, (void)maxsize, (void)maxsegs;
	if (refused())
		return ENOMEM;
	live++;
	return 0;
}

void
pdk_map_destroy(struct pdk_dmamap *m)
{
	(void)m;
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
	(void)write;
	if (compacts)
		return compact_in_vain(mp);
	if (refused())
		return ENOMEM;
	m->dm_obj = (void *)*mp;
	live++;
	return 0;
}

void
pdk_map_unload(struct pdk_dmamap *m)
{
	m->dm_obj = NULL;
	live--;
}

int
pdk_map_nsegs(const struct pdk_dmamap *m)
{
	return m->dm_obj != NULL;
}

bus_size_t
pdk_map_len(const struct pdk_dmamap *m, int seg)
{
	(void)seg;
	return (bus_size_t)((struct mbuf *)(void *)m->dm_obj)->m_len;
}

void
pdk_map_sync(struct pdk_dmamap *m, int op)
{
	(void)m, (void)op;
}

bus_addr_t
pdk_map_addr(const struct pdk_dmamap *m, int seg)
{
	(void)m, (void)seg;
	return 0x200000;
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
	if (len < 0 || len > m->m_len)
		abort();
	m->m_data += len;
	m->m_len -= len;
	m->m_pkthdr.len -= len;
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
	if (off == 0x24)
		return 0x08000001;	/* CSR_GP_CNTRL: awake, radio on */
	return off == 0x28 ? hw_rev : 0;	/* CSR_HW_REV */
}

void
bus_space_write_4(bus_space_tag_t t, bus_space_handle_t h, bus_size_t off, uint32_t v)
{
	(void)t, (void)h;
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
