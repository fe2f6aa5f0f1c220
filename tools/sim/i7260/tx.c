/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.c - TFD queues: from a write pointer to the bytes of a frame. The command queue's frames are
 * host commands; the others carry TX commands, whose length must stand in the byte-count table.
 */
#include "tools/sim/i7260/card.h"

#define TFD_SIZE	128
#define TFD_NTBS	20
#define BC_ENTRIES	(256 + 64)	/* per queue; the last 64 repeat the first */
#define TX_CMD_LEN	56		/* before the 802.11 header */
#define FLYING_MAX	16		/* frames of a queue that the radio has at a time */

void
tx_reset(struct card *c)
{
	sim_timer_stop(&c->tx_kick);
	sim_timer_stop(&c->tx_pause);
	scd_reset(c);
}

void
tx_kick(struct card *c)
{
	sim_timer_arm(&c->tx_kick, 0);
}

/* What gets the scheduler of these chips stuck; drivers begin such a queue one further on. */
static void
step_ok(struct card *c, unsigned q, unsigned step)
{
	if (step == 0 || (step & 0x3f) != 0)
		return;
	sim_violation(c->dev, "wrptr-step", "queue %u: write pointer moved by %#x at once while "
	    "the queue is off: the scheduler gets stuck", q, step);
	c->txq[q].stuck = true;
}

void
tx_wrptr(struct card *c, uint32_t v)
{
	unsigned q = v >> 8, step;

	if (q >= I7260_NQUEUES) {
		sim_violation(c->dev, "wrptr-queue", "HBUS_TARG_WRPTR = %#x: queue %u, there are "
		    "%u", v, q, I7260_NQUEUES);
		return;
	}
	step = (v - c->txq[q].wptr) & 0xff;
	if (!scd_queue_active(c, q))
		step_ok(c, q, step);
	c->txq[q].wptr = (uint8_t)v;
	c->txq[q].wptr_valid = true;
	if (c->asleep)
		csr_mac_wake(c);
	/* One further is a frame; else it is told where to begin when it is enabled. */
	if (!scd_queue_active(c, q) && c->fw == FW_RUNNING && step == 1)
		sim_log(c->dev, "queue %u is not active: its write pointer %u waits", q,
		    c->txq[q].wptr);
	tx_kick(c);
}

/* Fetches one TFD's buffers into c->frame. The length, 0 after a violation. */
static size_t
fetch(struct card *c, unsigned q, unsigned idx)
{
	uint64_t at = fh_cbbc(c, q) + TFD_SIZE * (uint64_t)idx;
	uint8_t tfd[TFD_SIZE];
	size_t len = 0;
	unsigned i, n;

	if (sim_dma_read(c->dev, at, tfd, sizeof(tfd)) != 0) {
		errlog_assert(c, ERR_NMI_TRM_HW, q, idx);
		return 0;
	}
	n = tfd[3] & 0x1f;
	if (n == 0 || n > TFD_NTBS) {
		fw_wrong(c, ERR_NMI_TRM_HW, "tfd-bad", "queue %u TFD %u: %u buffers, must be 1 to "
		    "%u", q, idx, n, TFD_NTBS);
		return 0;
	}
	for (i = 0; i < n; i++) {
		const uint8_t *tb = tfd + 4 + 6 * i;
		uint64_t addr = get32(tb) | (uint64_t)(get16(tb + 4) & 0xf) << 32;
		size_t tblen = get16(tb + 4) >> 4;

		if (tblen == 0 || addr == 0) {
			fw_wrong(c, ERR_NMI_TRM_HW, "tfd-bad", "queue %u TFD %u: buffer %u of %u "
			    "has address %#llx length %zu", q, idx, i, n, (unsigned long long)addr,
			    tblen);
			return 0;
		}
		if (sim_dma_read(c->dev, addr, c->frame + len, tblen) != 0) {
			errlog_assert(c, ERR_NMI_TRM_HW, q, idx);
			return 0;
		}
		len += tblen;
	}
	return len;
}

/* The scheduler reads a frame's length (dwords) and station before it fetches the TFD. */
static bool
byte_count_ok(struct card *c, unsigned q, unsigned idx, size_t mpdu, unsigned sta)
{
	uint64_t at = scd_bc_table(c) + 2 * ((uint64_t)q * BC_ENTRIES + idx);
	unsigned bc, dup, least = (unsigned)(mpdu + 3) / 4;
	uint8_t b[2];

	if (sim_dma_read(c->dev, at, b, sizeof(b)) != 0) {
		errlog_assert(c, ERR_NMI_TRM_HW, q, idx);
		return false;
	}
	bc = get16(b);
	dup = bc;
	if (idx < 64 && sim_dma_read(c->dev, at + 512, b, sizeof(b)) == 0)
		dup = get16(b);
	if (dup == bc && (bc >> 12) == (sta & 0xf) && (bc & 0xfff) >= least &&
	    (bc & 0xfff) <= least + 16)
		return true;
	fw_wrong(c, ERR_SYSASSERT, "byte-count", "queue %u TFD %u: byte-count entry %#x (repeated: "
	    "%#x), the frame has %zu bytes for station %u", q, idx, bc, dup, mpdu, sta);
	return false;
}

/* Fetches the TFD at the read pointer: a TX command with its frame. The length; 0: violation. */
static size_t
fetch_data(struct card *c, unsigned q)
{
	unsigned idx = c->txq[q].rptr;
	size_t len = fetch(c, q, idx);

	if (len == 0)
		return 0;
	if (len < CMD_HDR_LEN + TX_CMD_LEN + 10 || c->frame[0] != TX_CMD) {
		fw_wrong(c, ERR_SYSASSERT, "tx-command", "queue %u TFD %u: %zu bytes beginning "
		    "with %#x, must be a TX command", q, idx, len, c->frame[0]);
		return 0;
	}
	return byte_count_ok(c, q, idx, get16(c->frame + CMD_HDR_LEN), c->frame[CMD_HDR_LEN + 16]) ?
	    len : 0;
}

static void
advance(struct txq *t)
{
	t->rptr++;
	t->ssn = (t->ssn + 1) & 0xfff;
}

/* Gives a frame back without sending it. */
static bool
refuse_next(struct card *c, unsigned q, unsigned status)
{
	struct txq *t = &c->txq[q];

	if (fetch_data(c, q) == 0)
		return false;
	tx_refuse(c, q, t->rptr, status);
	advance(t);
	return true;
}

/* Why the next frames of a queue cannot be sent at all; 0: they can. */
static unsigned
refusal(const struct card *c, const struct txq *t)
{
	const struct fw_sta *s = &c->run.sta[t->sta & (FW_NSTAS - 1)];

	if (t->flush != 0)
		return TX_FAIL_FLUSHED;
	if (!s->used)
		return TX_FAIL_STA_INVALID;
	return (s->flags & STA_DRAIN_FLOW) != 0 ? TX_FAIL_DRAIN_FLOW : 0;
}

/* Something was sent, or its answer is here: from now on the backoff runs. */
void
tx_rest(struct card *c)
{
	c->run.tx_after = sim_now(c->dev) + (uint64_t)c->run.tx_backoff * 1000;
}

/* A card that is too warm is silent for a while after each transmission. */
static bool
resting(struct card *c, const struct txq *t)
{
	uint64_t now = sim_now(c->dev);

	if (c->run.tx_backoff == 0)
		return false;
	if (t->flying == 0 && now < c->run.tx_after)
		sim_timer_arm(&c->tx_pause, (c->run.tx_after - now) / 1000 + 1);
	return t->flying != 0 || now < c->run.tx_after;
}

/* What a queue may send now goes to the radio; the rest waits for answers or for the channel. */
static void
serve_data(struct card *c, unsigned q)
{
	struct txq *t = &c->txq[q];
	const struct fw_sta *s = &c->run.sta[t->sta & (FW_NSTAS - 1)];
	unsigned limit, status, n;
	struct tx_agg *agg = NULL;
	size_t len;

	if (t->stuck)
		return;
	while (t->rptr != t->wptr && (status = refusal(c, t)) != 0) {
		if (t->flying != 0 || !refuse_next(c, q, status))
			return;
		if (t->flush != 0)
			t->flush--;
	}
	if (t->rptr == t->wptr || (s->flags & STA_DISABLE_TX) != 0 || !sched_mac_on(c, s->mac) ||
	    resting(c, t))
		return;
	limit = ba_limit(c, q);
	if (limit > 1) {
		if (t->flying != 0 || (agg = ba_new(c)) == NULL)
			return;
	} else {
		limit = FLYING_MAX > t->flying ? FLYING_MAX - t->flying : 0;
		if (c->run.tx_backoff != 0)
			limit = 1;
	}
	for (n = 0; n < limit && t->rptr != t->wptr; n++) {
		if (c->fw != FW_RUNNING || (len = fetch_data(c, q)) == 0)
			break;
		tx_data(c, q, t->rptr, len, agg);
		advance(t);
	}
	if (agg != NULL)
		ba_close(agg);
	tx_rest(c);
}

static bool
channel_on(const struct card *c, unsigned fifo)
{
	return (fh_reg(c, FH_TCSR_TX_CONFIG(fifo)) & TCSR_DMA_MASK) == TCSR_DMA_ENABLE;
}

static bool
is_command_queue(const struct card *c, unsigned q)
{
	return !c->txq[q].by_cmd && scd_queue_fifo(c, q) == 7;
}

static void
serve(struct card *c, unsigned q)
{
	struct txq *t = &c->txq[q];
	uint64_t kw = (uint64_t)fh_reg(c, FH_KW_MEM_ADDR_REG) << 4;

	if (fh_cbbc(c, q) == 0 || (kw & 0xfff) != 0 || !sim_dma_mapped(c->dev, kw, 4096, false)) {
		fw_wrong(c, ERR_NMI_TRM_HW, "tx-setup", "queue %u: TFD ring at %#llx, keep-warm "
		    "buffer at %#llx (4 KB, aligned): both must be set", q,
		    (unsigned long long)fh_cbbc(c, q), (unsigned long long)kw);
		t->rptr = t->wptr;
		return;
	}
	if (!is_command_queue(c, q)) {
		serve_data(c, q);
		return;
	}
	while (t->rptr != t->wptr && c->fw == FW_RUNNING) {
		unsigned idx = t->rptr;
		size_t len = fetch(c, q, idx);

		t->rptr++;
		if (len == 0)
			return;
		fwcmd_run(c, q, idx, c->frame, len);
	}
}

void
tx_fire(void *arg)
{
	struct card *c = arg;
	unsigned q;

	for (q = 0; q < I7260_NQUEUES && c->fw == FW_RUNNING; q++)
		if (c->txq[q].wptr_valid && c->txq[q].rptr != c->txq[q].wptr &&
		    scd_queue_active(c, q) && channel_on(c, scd_queue_fifo(c, q)))
			serve(c, q);
}
