/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ethernet_port.c - frames between the core and the host's interface (hyp_net), which has a thread
 * of its own; it is in context TX there.  What the core has no room for the host keeps.
 */
#include "ethernet.h"

#include <errno.h>
#include <string.h>

#define COUNT(n, what, by) \
	atomic_fetch_add_explicit(&(n)->counts.what, by, memory_order_relaxed)
#define MIN_LEN		14
#define MAX_LEN		(PDKNET_HDRLEN + 4 + PDKNET_MTU)

static void
enter(void *arg)
{
	struct shim_net *n = arg;

	n->saved = shim_enter(n->sc, C_TX);
}

static void
leave(void *arg)
{
	shim_leave(((struct shim_net *)arg)->saved);
}

/* A frame that the core has not taken: stays with the host, or is lost and counted. */
static int
refused(struct shim_net *n, struct mbuf *m, int error)
{
	m_freem(m);
	if (error == ENOBUFS) {
		COUNT(n, tx_stalls, 1);
		return ENOBUFS;
	}
	if (atomic_load(&n->life.is_up))
		COUNT(n, tx_refused, 1);
	else
		COUNT(n, tx_closed, 1);
	return 0;
}

static int
tx(void *arg, const void *frame, size_t len)
{
	struct shim_net *n = arg;
	struct mbuf *m;
	int error;

	if (!atomic_load(&n->life.is_up)) {
		COUNT(n, tx_closed, 1);
		return 0;
	}
	m = SHIM_FAULT_HOST(n->sc, stack_mbuf) ? NULL :
	    shim_mbuf_get(n->sc, len, (const void *)n->ops->tx);
	if (m == NULL) {
		COUNT(n, tx_memory, 1);
		return 0;
	}
	memcpy(mtod(m, void *), frame, len);
	error = n->ops->tx(n->sc->dev, m);
	SHIM_LEFT_UNLOCKED(n->sc, n->ops->tx);
	SHIM_RETURNED(n->sc, error, n->ops->tx);
	if (error != 0)
		return refused(n, m, error);
	COUNT(n, tx, 1);
	COUNT(n, tx_bytes, len);
	return 0;
}

static void
ip(void *arg, const char *address, const char *router __unused, const char *dns __unused)
{
	struct shim_net *n = arg;
	const char *const *state = n->sc->drv->states;

	for (; address != NULL && state != NULL && *state != NULL; state++)
		if (strcmp(*state, "ip") == 0)
			hyp_state(n->sc->hyp, *state);
}

static const struct hyp_net_ops port_ops = { .enter = enter, .leave = leave, .tx = tx, .ip = ip };

int
shim_net_port_open(struct shim_net *n)
{
	int error = hyp_net_open(n->sc->hyp, n->caps.mac, PDKNET_MTU, &port_ops, n, &n->port);

	if (error != 0)
		n->port = NULL;
	return error == ENOSYS ? 0 : error;
}

void
shim_net_port_close(struct shim_net *n)
{
	if (n->port != NULL)
		hyp_net_close(n->port);
	n->port = NULL;
}

/* The frame to the host, copied. */
static void
to_host(struct shim_net *n, const struct mbuf *m)
{
	int error;

	if (n->port == NULL)
		return;
	error = hyp_net_send(n->port, mtod(m, const void *), (size_t)m->m_len);
	if (error == EINVAL)
		COUNT(n, rx_bad, 1);
	else if (error != 0)
		COUNT(n, rx_host, 1);
}

/*
 * DMA is checked: whether what the driver hands up is its own already shows when it is read, which is
 * otherwise done by the kernel.
 */
static void
look_at(const struct mbuf *m)
{
	static _Thread_local volatile uint8_t sink;
	const volatile uint8_t *p = mtod(m, const uint8_t *);
	int i;

	for (i = 0; i < m->m_len; i++)
		sink = p[i];
	(void)sink;
}

void
pdknet_rx(struct pdk_dev *dev, struct mbuf *m, unsigned flags)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n;

	SHIM_CHECK(sc, pdknet_rx);
	n = atomic_load(&sc->net);
	if (__predict_false(n == NULL))
		shim_violation(sc, R_pdknet_attach, "%s() without pdknet_attach()", __func__);
	(void)shim_mbuf_buf(sc, m, R_pdknet_rx);
	if (hyp_dma_checked(sc->hyp))
		look_at(m);
	COUNT(n, rx, 1);
	COUNT(n, rx_bytes, (unsigned)m->m_pkthdr.len);
	if ((flags & PDKNET_RX_L4_OK) != 0)
		COUNT(n, rx_csum_ok, 1);
	hyp_trace(sc->hyp, "net", "rx", (uint64_t)m->m_pkthdr.len, flags);
	if (m->m_next != NULL || m->m_len < MIN_LEN || m->m_len > MAX_LEN)
		COUNT(n, rx_bad, 1);
	else
		to_host(n, m);
	m_freem(m);
}
