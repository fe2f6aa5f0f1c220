/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutants.c - the Linux shim with one bug put in, to see that a check of drivers/conform finds it.
 *
 * The program is linked with --wrap: a call of pdk_timer_stop() comes to __wrap_pdk_timer_stop()
 * here, and the shim's own is __real_pdk_timer_stop().  Each bug is one that a shim for a BSD
 * could have, or has had.  Which one is there is named as a case of the broken drivers is.
 */
#include <pdk.h>
#include <pdk80211.h>

const char *broken_wanted(void);

/* A function that is wrapped, and its shim's own. */
#define WRAP(type, name, args)		\
	type __real_##name args;	\
	type __wrap_##name args;	\
	type __wrap_##name args

static int
is(const char *mutant)
{
	return strcmp(broken_wanted(), mutant) == 0;
}

/* ---- timers, waiting, tasks ---- */

void __real_pdk_timer_arm(struct pdk_timer *tm, unsigned ms);

/* Armed already: a second entry, for a second run. */
static void
arm_again(struct pdk_timer *tm, unsigned ms)
{
	static struct pdk_timer second;
	static struct pdk_dev dev;

	if (second.tm_armed)
		return;
	dev.pd_sc = tm->tm_sc;
	pdk_timer_init(&dev, &second, tm->tm_fn, tm->tm_arg);
	__real_pdk_timer_arm(&second, ms);
}

WRAP(void, pdk_timer_arm, (struct pdk_timer *tm, unsigned ms))
{
	if (is("timer_armed_twice") && tm->tm_armed)
		arm_again(tm, ms);
	if (is("timer_ticks_too_few"))
		ms /= 4;
	__real_pdk_timer_arm(tm, ms);
}

WRAP(void, pdk_timer_stop, (struct pdk_timer *tm))
{
	if (!is("timer_stop_does_not_cancel"))
		__real_pdk_timer_stop(tm);
}

WRAP(void, pdk_timer_drain, (struct pdk_timer *tm))
{
	if (!is("timer_drain_does_not_stop"))
		__real_pdk_timer_drain(tm);
}

WRAP(int, pdk_wait, (struct pdk_dev *dev, struct pdk_wchan *wc, unsigned ms))
{
	return __real_pdk_wait(dev, wc, is("wait_ticks_too_few") ? ms / 4 : ms);
}

/* Queued already: a second entry, for a second run. */
WRAP(void, pdk_task_post, (struct pdk_task *tk))
{
	static struct pdk_task second;
	static struct pdk_dev dev;

	if (is("task_queued_twice") && tk->tk_queued && !second.tk_queued) {
		dev.pd_sc = tk->tk_sc;
		pdk_task_init(&dev, &second, tk->tk_fn, tk->tk_arg);
		__real_pdk_task_post(&second);
		return;
	}
	__real_pdk_task_post(tk);
}

WRAP(void, pdk_task_cancel, (struct pdk_task *tk))
{
	if (!is("task_cancel_does_nothing"))
		__real_pdk_task_cancel(tk);
}

WRAP(void, pdk_worker_drain, (struct pdk_dev *dev))
{
	if (!is("worker_drain_does_not_wait"))
		__real_pdk_worker_drain(dev);
}

WRAP(uint64_t, pdk_uptime_ms, (void))
{
	uint64_t ms = __real_pdk_uptime_ms();

	return is("uptime_in_seconds") ? ms / 1000 : ms;
}

/* ---- PCI, interrupts ---- */

/* 1 for found, as pci_get_capability(9) of NetBSD and OpenBSD. */
WRAP(int, pdk_pci_find_cap, (struct pdk_dev *dev, int cap, int *off))
{
	int error = __real_pdk_pci_find_cap(dev, cap, off);

	return is("capability_upside_down") ? error == 0 : error;
}

static int (*filter)(void *);

static int
always_bh(void *arg)
{
	(void)filter(arg);
	return PDK_INTR_BH;
}

WRAP(int, pdk_intr_establish, (struct pdk_dev *dev, unsigned vec, int (*fn)(void *),
    void (*bh)(void *), void *arg))
{
	if (is("filter_result_ignored") && fn != NULL) {
		filter = fn;
		fn = always_bh;
	}
	return __real_pdk_intr_establish(dev, vec, fn, bh, arg);
}

WRAP(void, pdk_intr_disestablish, (struct pdk_dev *dev))
{
	if (!is("interrupt_stays") || pdk_intr_kind(dev) != PDK_INTR_MSI)
		__real_pdk_intr_disestablish(dev);
}

/* ---- memory and DMA ---- */

WRAP(void *, pdk_zalloc, (size_t size, int how))
{
	void *p = __real_pdk_zalloc(size, how);

	if (is("memory_not_zeroed") && p != NULL)
		memset(p, 0xa5, size);
	return p;
}

WRAP(int, pdk_dma_alloc, (struct pdk_dev *dev, struct pdk_dma *d, bus_size_t size,
    bus_size_t align))
{
	int error = __real_pdk_dma_alloc(dev, d, size, align);

	if (error == 0 && is("dma_not_zeroed"))
		memset(d->va, 0xa5, size);
	if (error == 0 && is("dma_out_of_reach"))
		d->pa |= (bus_addr_t)1 << 32;
	return error;
}

static unsigned loads;

/* A bounce buffer for each loaded map, and copies that are not made. */
static struct bounce {
	struct pdk_dmamap	*dm;
	struct mbuf		*m, *copy;
} bounces[64];

static struct bounce *
bounce_of(const struct pdk_dmamap *dm)
{
	struct bounce *b;

	for (b = bounces; b < bounces + nitems(bounces); b++)
		if (b->dm == dm)
			return b;
	return NULL;
}

static int
bouncing(void)
{
	return is("bounce_not_copied_out") || is("bounce_not_copied_back");
}

WRAP(int, pdk_map_load_mbuf, (struct pdk_dmamap *dm, struct mbuf **mp, int write))
{
	struct mbuf *old = *mp, *copy;
	struct bounce *b;
	int error;

	if (bouncing() && bounce_of(dm) == NULL &&
	    (copy = pdk_mbuf_rxalloc((bus_size_t)old->m_pkthdr.len)) != NULL) {
		error = __real_pdk_map_load_mbuf(dm, &copy, write);
		if (error == 0 && (b = bounce_of(NULL)) != NULL)
			*b = (struct bounce){ .dm = dm, .m = old, .copy = copy };
		else
			m_freem(copy);
		return error;
	}
	error = __real_pdk_map_load_mbuf(dm, mp, write);
	loads += error == 0;
	if (error != 0 && error != EBUSY && is("refused_mbuf_freed"))
		m_freem(*mp);
	if (error == 0 && *mp != old && is("compaction_loses_a_byte"))
		mtod(*mp, uint8_t *)[1000] ^= 1;
	return error;
}

WRAP(void, pdk_map_unload, (struct pdk_dmamap *dm))
{
	struct bounce *b = bounce_of(dm);

	__real_pdk_map_unload(dm);
	if (b != NULL) {
		m_freem(b->copy);
		*b = (struct bounce){ .dm = NULL };
	}
}

static void
copy_back(const struct bounce *b)
{
	const char *from = b->copy->m_data;
	struct mbuf *m;

	for (m = b->m; m != NULL; from += m->m_len, m = m->m_next)
		memcpy(m->m_data, from, (size_t)m->m_len);
}

WRAP(void, pdk_map_sync, (struct pdk_dmamap *dm, int op))
{
	struct bounce *b = bounce_of(dm);

	if (b != NULL && op == BUS_DMASYNC_PREWRITE && !is("bounce_not_copied_out"))
		m_copydata(b->m, 0, b->m->m_pkthdr.len, b->copy->m_data);
	__real_pdk_map_sync(dm, op);
	if (b != NULL && op == BUS_DMASYNC_POSTREAD && !is("bounce_not_copied_back"))
		copy_back(b);
}

/* The length is that of the first load, and 0 after an unload. */
WRAP(bus_size_t, pdk_map_len, (const struct pdk_dmamap *dm, int seg))
{
	bus_size_t len = __real_pdk_map_len(dm, seg);

	return is("map_length_lost") && loads > 1 ? 0 : len;
}

/* Where the mbuf is, on a machine of more memory than the device has address bits for. */
WRAP(bus_addr_t, pdk_map_addr, (const struct pdk_dmamap *dm, int seg))
{
	return __real_pdk_map_addr(dm, seg) | (is("bounce_missing") ? (bus_addr_t)1 << 32 : 0);
}

WRAP(void, m_adj, (struct mbuf *m, int len))
{
	int was = m->m_pkthdr.len;

	__real_m_adj(m, len);
	if (is("adj_forgets_the_header"))
		m->m_pkthdr.len = was;
}

/* ---- boundaries ---- */

static const struct pdk80211_ops *core;
static struct mbuf *refused;

/* The frame that was refused was freed, too: somebody else has written to it since. */
static int
tx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_txinfo *txi)
{
	int error;

	if (m == refused)
		memset(m->m_data, 0xee, (size_t)m->m_len);
	error = core->tx(dev, m, txi);
	refused = error == ENOBUFS ? m : NULL;
	return error;
}

WRAP(int, pdk80211_attach, (struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps))
{
	static struct pdk80211_ops glue;

	core = ops;
	glue = *ops;
	glue.tx = tx;
	return __real_pdk80211_attach(dev, is("refused_frame_freed") ? &glue : ops, caps);
}
