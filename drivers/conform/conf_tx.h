/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_tx.h - the document "frames" of both boundaries: what becomes of a frame that the core
 * refuses, and of one that it takes.  It begins with the first frame that the stack sends.
 *
 *	tx_refused	ENOBUFS: the frame stays the caller's, and comes again, as it was, after
 *			tx_ready.  Guards against the double free of a refused mbuf (freed by the
 *			glue and queued as well); and against a glue that drops it, as the first
 *			ones for NetBSD and OpenBSD did, unless the stack sends the same again.
 *	tx_taken	0: the frame is the core's.  Guards against a glue that frees it, too.
 *
 * A freed mbuf is found out by taking its memory: other mbufs of its size are allocated, filled
 * with something else and given back; the frame must not change by that.
 *
 * The driver calls conf_tx_offer() from its tx, with the lock; posts a task whenever that says so,
 * which calls conf_tx_task(), unlocked; and does what this says.
 */
#ifndef CONF_TX_H
#define CONF_TX_H

#include "conf_tap.h"

#define CONF_TX_HEAD	64	/* of a frame, to know it again */
#define CONF_TX_MS	10000	/* it comes again, at the latest */

enum conf_tx_state {
	CONF_TX_OFF,		/* not yet: all frames are taken */
	CONF_TX_ON,		/* the next one is refused */
	CONF_TX_REFUSED,	/* and with it all others, for now */
	CONF_TX_READY,
	CONF_TX_TAKEN,
	CONF_TX_END,
};

enum conf_tx_do {
	CONF_TX_NOTHING,
	CONF_TX_TELL,		/* call tx_ready, after CONF_TX_MS the task again */
	CONF_TX_FREE,		/* free t_m, which has been sent */
};

struct conf_tx {
	enum conf_tx_state t_state;	/* locked, as all */
	struct mbuf	*t_m;		/* taken */
	void		*t_cookie;
	int		 t_failed;	/* checks */
	int		 t_len;
	uint8_t		 t_head[CONF_TX_HEAD];
};

static inline int
conf_tx_head(struct mbuf *m, uint8_t *head)
{
	memset(head, 0, CONF_TX_HEAD);
	m_copydata(m, 0, MIN(m->m_pkthdr.len, CONF_TX_HEAD), (void *)head);
	return m->m_pkthdr.len;
}

/* Is it the frame that was refused? */
static inline int
conf_tx_same(const struct conf_tx *t, struct mbuf *m)
{
	uint8_t head[CONF_TX_HEAD];

	return conf_tx_head(m, head) == t->t_len && memcmp(head, t->t_head, CONF_TX_HEAD) == 0;
}

/* What tx returns; *post: the task has something to do.  -1: the driver takes the frame. */
static inline int
conf_tx_offer(struct conf_tx *t, struct mbuf *m, void *cookie, int *post)
{
	*post = 0;
	switch (t->t_state) {
	case CONF_TX_ON:
		t->t_len = conf_tx_head(m, t->t_head);
		t->t_state = CONF_TX_REFUSED;
		*post = 1;
		return ENOBUFS;
	case CONF_TX_REFUSED:
		return ENOBUFS;
	case CONF_TX_READY:
		if (!conf_tx_same(t, m))
			return -1;
		t->t_m = m;
		t->t_cookie = cookie;
		t->t_state = CONF_TX_TAKEN;
		*post = 1;
		return 0;
	default:
		return -1;
	}
}

/* Whatever of this size has been freed is not what it was after this. */
static inline void
conf_tx_overwrite(int len)
{
	struct mbuf *m[16];
	unsigned i;

	for (i = 0; i < nitems(m); i++) {
		m[i] = pdk_mbuf_rxalloc((bus_size_t)len);
		if (m[i] != NULL)
			memset(m[i]->m_data, 0xee, (size_t)len);
	}
	for (i = 0; i < nitems(m); i++)
		m_freem(m[i]);
}

static inline enum conf_tx_do
conf_tx_task(struct conf_tx *t, struct conf_tap *tap, struct pdk_dev *dev)
{
	enum conf_tx_state state;

	pdk_lock(dev);
	state = t->t_state;
	if (state == CONF_TX_READY || state == CONF_TX_TAKEN)
		t->t_state = CONF_TX_END;
	pdk_unlock(dev);
	switch (state) {
	case CONF_TX_REFUSED:
		conf_tap_begin(tap, dev, "frames", 2);
		conf_tap_check(tap, "tx_refused");
		conf_tx_overwrite(t->t_len);
		pdk_lock(dev);
		t->t_state = CONF_TX_READY;
		pdk_unlock(dev);
		return CONF_TX_TELL;
	case CONF_TX_READY:
		conf_tap_ok(tap, 0, "the frame that was refused did not come again as it was");
		conf_tap_result(tap);
		t->t_failed += conf_tap_end(tap);
		return CONF_TX_NOTHING;
	case CONF_TX_TAKEN:
		conf_tap_result(tap);
		conf_tap_check(tap, "tx_taken");
		conf_tx_overwrite(t->t_len);
		conf_tap_ok(tap, conf_tx_same(t, t->t_m), "a frame that was taken is freed");
		conf_tap_result(tap);
		t->t_failed += conf_tap_end(tap);
		return CONF_TX_FREE;
	default:
		return CONF_TX_NOTHING;
	}
}

/*
 * The interface goes down, and the glue forgets what it keeps.  WORKER or CONFIG, unlocked; then
 * conf_tx_task() once more, for a frame that was taken.  next: CONF_TX_ON or, for good, CONF_TX_END.
 */
static inline void
conf_tx_stop(struct conf_tx *t, struct conf_tap *tap, struct pdk_dev *dev,
    enum conf_tx_state next)
{
	enum conf_tx_state state;

	pdk_lock(dev);
	state = t->t_state;
	if (state == CONF_TX_ON || state == CONF_TX_REFUSED)
		t->t_state = next;
	if (state == CONF_TX_READY)
		t->t_state = CONF_TX_END;
	pdk_unlock(dev);
	if (state != CONF_TX_READY)
		return;
	conf_tap_skip(tap, "the interface went down meanwhile");
	conf_tap_result(tap);
	conf_tap_check(tap, "tx_taken");
	conf_tap_skip(tap, "the interface went down meanwhile");
	conf_tap_result(tap);
	t->t_failed += conf_tap_end(tap);
}

#endif /* CONF_TX_H */
