/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_iwm.c - libFuzzer target: a hostile card under the whole of iwm, from attach to detach: what
 * it answers, writes into memory, and when it interrupts. The pdk and the harness under the driver
 * are the real ones, and the card is in this process (inproc.h).
 *
 *	voy fuzz iwm --for 20m
 *
 * Left alone, the card does what a 7260 would: takes the firmware, says ALIVE, answers commands.
 * An input is a row of steps, each a byte, a length of 16 bits and that many bytes (enum step).
 * Those of the card have their turn when all of the driver waits; those of the host, when the card
 * has nothing to do.  Rules, which change answers, hold from the beginning, and so does a failure
 * of the host's.  The host is what an 802.11 layer may do, in any order that pdk80211.h allows;
 * up, down and restarts are the shim's.
 *
 * Beside what the sanitizers see, the pdk checks its rules, and that nothing is left.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/fwapi_nvm.h"
#include "drivers/iwm/fwapi_scan.h"
#include "drivers/iwm/fwapi_stats.h"
#include "drivers/iwm/fwapi_time.h"
#include "drivers/iwm/fwapi_tx.h"
#include "drivers/iwm/iwm.h"
#include "drivers/iwm/scd.h"
#include "shims/linux/ieee80211.h"
#include "tests/fuzz/inproc.h"
#include "tests/fuzz/steps.h"

#define MOST_TURNS	3000		/* then the card is pulled out */
#define MOST_STEPS	200
#define BAR_SIZE	0x2000
#define NRULES		8

enum step {
	/* of the card */
	S_CALM,			/* does what is right, a number of times */
	S_RULE,			/* command, group, how many are answered rightly, enum rule, bytes */
	S_PACKET,		/* command, group, sequence (2), bytes */
	S_BUFFER,		/* offset (2) in a receive buffer, bytes */
	S_STATUS,		/* which buffer is being filled */
	S_CAUSES,		/* an interrupt */
	S_REGISTER,		/* offset (2), value (4), how many reads */
	S_MEMORY,		/* page (2), offset (2), bytes */
	S_SILENT,		/* nothing, a number of times */
	S_GONE,
	S_FAIL,			/* this one of the requests to the host that may fail */
	/* of the host */
	S_UP = 16, S_DOWN, S_SCAN, S_SCAN_ABORT, S_JOIN, S_ASSOC, S_LEAVE, S_UPDATE, S_SET_KEY,
	S_DEL_KEY, S_BA, S_STATS, S_TX, S_TIME, S_NOTHING, S_SLEEP,
	S_COUNT
};

enum rule { RULE_INSTEAD, RULE_REFUSE, RULE_NOTHING, RULE_TWICE, RULE_CHANGED, RULE_COUNT };

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct steps in;			/* the input from here on */

static uint8_t fw[1024];
static size_t fw_size;

static struct {
	uint32_t	reg[BAR_SIZE / 4];
	uint32_t	prph;			/* address of the next read */
	int		gone;
	unsigned	turns, calm, silent;
	int		chunk, alive;		/* due */
	unsigned	cmd_next, cmd_end;	/* commands to be answered: from, to before */
	unsigned	done[IWM_MAX_QUEUES], end[IWM_MAX_QUEUES];	/* frames */
	unsigned	rx;			/* buffer to be filled */
	unsigned	ict;
	int		ict_on;
	struct { uint16_t off; uint32_t val; uint8_t reads; } lie;
	struct { const uint8_t *p; size_t len; uint8_t spared; } rule[NRULES];
	unsigned	nrules;
} card;

static struct {
	struct pdk_softc *sc;
	const struct pdk80211_ops *ops;
	int		up, joined, assoc;
	struct pdk80211_bss bss;
} host;

static int
next_kind(void)
{
	return steps_kind(&in, S_COUNT);
}

/* ---- the card: interrupts and receive buffers ---- */

static uint32_t *
reg(uint32_t off)
{
	return &card.reg[off / 4 % nitems(card.reg)];
}

static void
interrupt(uint32_t causes)
{
	uint32_t *ict = NULL;

	if (card.gone)
		return;
	if (card.ict_on)
		ict = inproc_dma((bus_addr_t)(*reg(CSR_DRAM_INT_TBL_REG) & 0xffffff) << 12, 4096);
	if (ict != NULL) {
		ict[card.ict] = htole32((causes & 0xff) | (causes >> 16 & 0xff00));
		card.ict = (card.ict + 1) % 1024;
	} else
		*reg(CSR_INT) |= causes;
	inproc_interrupt();
}

/* The receive buffer that is being filled, if the ring is there. */
static uint8_t *
rx_buffer(void)
{
	uint32_t *rbd = inproc_dma((bus_addr_t)*reg(FH_RSCSR_CHNL0_RBDCB_BASE_REG) << 8,
	    RX_QUEUE_SIZE * 4);

	if (rbd == NULL || (*reg(FH_MEM_RCSR_CHNL0_CONFIG_REG) >> 31) == 0)
		return NULL;
	return inproc_dma((bus_addr_t)le32toh(rbd[card.rx]) << 8, IWM_RBUF_SIZE);
}

static void
rx_status(unsigned n)
{
	struct iwm_rb_status *st = inproc_dma((bus_addr_t)*reg(FH_RSCSR_CHNL0_STTS_WPTR_REG) << 4,
	    sizeof(*st));

	if (st == NULL)
		return;
	st->closed_rb_num = htole16(n);
	interrupt(CSR_INT_BIT_FH_RX);
}

static void
rx_close(void)
{
	card.rx = (card.rx + 1) % RX_QUEUE_SIZE;
	rx_status(card.rx);
}

static void
packet(uint8_t cmd, uint8_t group, uint16_t seq, const void *payload, size_t len)
{
	struct iwm_rx_packet *p = (void *)rx_buffer();

	if (p == NULL)
		return;
	len = at_most(len, IWM_RBUF_SIZE - sizeof(*p) - 4);
	p->len_n_flags = htole32(sizeof(p->hdr) + len);
	p->hdr.cmd = cmd;
	p->hdr.group_id = group;
	p->hdr.sequence = htole16(seq);
	if (len != 0)
		memcpy(p->data, payload, len);
	if (roundup(sizeof(*p) + len, FH_RSCSR_FRAME_ALIGN) + 4 <= IWM_RBUF_SIZE)
		*(uint32_t *)(void *)((uint8_t *)p + roundup(sizeof(*p) + len,
		    FH_RSCSR_FRAME_ALIGN)) = htole32(FH_RSCSR_FRAME_INVALID);
	rx_close();
}

/* ---- the card: answers ---- */

/* A section of the non-volatile memory, as much as the driver asks for. */
static size_t
nvm(const uint8_t *cmd, uint8_t *out)
{
	const struct iwm_nvm_access_cmd *c = (const void *)cmd;
	struct iwm_nvm_access_resp *r = (void *)out;
	uint8_t *data = out + sizeof(*r);
	unsigned type = le16toh(c->type), i;
	size_t len = 256;

	memset(r, 0, sizeof(*r));
	r->type = c->type;
	r->offset = c->offset;
	if ((type > NVM_SECTION_TYPE_SW && type != NVM_SECTION_TYPE_CALIBRATION) ||
	    c->offset != 0) {
		r->status = htole16(READ_NVM_CHUNK_NOT_VALID_ADDRESS);
		return sizeof(*r);
	}
	memset(data, 0, len);
	if (type == NVM_SECTION_TYPE_HW)
		memset(data + 2 * NVM_HW_ADDR, 2, 6);
	else {
		data[2 * NVM_SKU] = NVM_SKU_CAP_BAND_24GHZ | NVM_SKU_CAP_BAND_52GHZ |
		    NVM_SKU_CAP_11N_ENABLE;
		for (i = 0; i < 39; i++)
			data[2 * (NVM_CHANNELS + i)] = NVM_CHANNEL_VALID | NVM_CHANNEL_ACTIVE;
	}
	r->length = htole16(len);
	return sizeof(*r) + len;
}

/* The right answer to a command of `len` bytes; its length. */
static size_t
answer(unsigned id, const uint8_t *cmd, uint8_t *out)
{
	memset(out, 0, 64);
	switch (id) {
	case IWM_NVM_ACCESS_CMD:
		return nvm(cmd, out);
	case IWM_ADD_STA:
	case IWM_ADD_STA_KEY:
	case IWM_TIME_EVENT_CMD:
	case IWM_SCAN_OFFLOAD_ABORT_CMD:
		out[0] = 1;
		return 16;
	case IWM_STATISTICS_CMD:
		memset(out, 0, sizeof(struct iwm_statistics));
		return sizeof(struct iwm_statistics);
	default:
		return 4;
	}
}

/* What comes after some answers by itself. */
static void
aftermath(unsigned id)
{
	static const uint8_t calib[] = { 1, 0, 4, 0, 1, 2, 3, 4 };
	union {
		struct iwm_time_event_notif te;
		struct iwm_periodic_scan_complete sc;
		uint32_t temperature;
	} u;

	memset(&u, 0, sizeof(u));
	switch (id) {
	case IWM_PHY_CONFIGURATION_CMD:
		packet(IWM_CALIB_RES_NOTIF_PHY_DB, 0, SEQ_RX_FRAME, calib, sizeof(calib));
		packet(IWM_INIT_COMPLETE_NOTIF, 0, SEQ_RX_FRAME, NULL, 0);
		break;
	case IWM_TIME_EVENT_CMD:
		u.te.action = htole32(TE_V2_NOTIF_HOST_EVENT_START);
		u.te.status = htole32(1);
		packet(IWM_TIME_EVENT_NOTIF, 0, SEQ_RX_FRAME, &u.te, sizeof(u.te));
		break;
	case IWM_SCAN_OFFLOAD_REQUEST_CMD:
	case IWM_SCAN_OFFLOAD_ABORT_CMD:
		u.sc.status = SCAN_OFFLOAD_COMPLETED;
		packet(IWM_SCAN_OFFLOAD_COMPLETE, 0, SEQ_RX_FRAME, &u.sc, sizeof(u.sc));
		break;
	case IWM_DTS_MEASUREMENT_TRIGGER:
		u.temperature = htole32(40);
		packet(IWM_DTS_MEASUREMENT_NOTIF & 0xff, IWM_GROUP_PHY_OPS, SEQ_RX_FRAME,
		    &u.temperature, 4);
		break;
	default:
		break;
	}
}

/* The rule for a command, once the answers that it spares are over. */
static int
rule_for(unsigned id)
{
	unsigned i;

	for (i = 0; i < card.nrules; i++)
		if (IWM_CMD_ID(card.rule[i].p[1], card.rule[i].p[0]) == (int)id) {
			if (card.rule[i].spared == 0)
				return (int)i;
			card.rule[i].spared--;
		}
	return -1;
}

static void
refusal(unsigned id, uint16_t seq)
{
	struct iwm_error_resp e;

	memset(&e, 0, sizeof(e));
	e.cmd_id = IWM_CMD_OPCODE(id);
	e.bad_cmd_seq_num = htole16(seq);
	packet(IWM_REPLY_ERROR, 0, SEQ_RX_FRAME, &e, sizeof(e));
}

static void
reply(unsigned id, uint16_t seq, const uint8_t *cmd)
{
	static uint8_t out[IWM_RBUF_SIZE];
	size_t len = answer(id, cmd, out), n, i;
	int r = rule_for(id);
	const uint8_t *p = NULL;
	enum rule how = RULE_TWICE;

	if (r >= 0) {
		how = card.rule[r].p[3] % RULE_COUNT;
		p = card.rule[r].p + 4;
		n = card.rule[r].len - 4;
		if (how == RULE_NOTHING)
			return;
		if (how == RULE_REFUSE) {
			refusal(id, seq);
			return;
		}
		if (how == RULE_INSTEAD) {
			len = n;
			memcpy(out, p, n);
		} else if (how == RULE_CHANGED)
			for (i = 0; i < at_most(n, len); i++)
				out[i] ^= p[i];
		else
			packet(IWM_CMD_OPCODE(id), IWM_CMD_GROUP(id), seq, out, len);
	}
	packet(IWM_CMD_OPCODE(id), IWM_CMD_GROUP(id), seq, out, len);
	aftermath(id);
}

static const uint8_t *
tfd_bytes(unsigned q, unsigned idx, size_t len)
{
	struct iwm_tfd *tfd = inproc_dma((bus_addr_t)*reg(FH_MEM_CBBC_QUEUE(q)) << 8,
	    TFD_QUEUE_SIZE_MAX * sizeof(*tfd));

	if (tfd == NULL)
		return NULL;
	tfd += idx;
	return inproc_dma((bus_addr_t)le32toh(tfd->tbs[0].lo) |
	    (bus_addr_t)(le16toh(tfd->tbs[0].hi_n_len) & 0xf) << 32, len);
}

static int
serve_command(void)
{
	const uint8_t *cmd;
	unsigned idx = card.cmd_next;

	if (idx == card.cmd_end)
		return 0;
	card.cmd_next = (idx + 1) % TFD_QUEUE_SIZE_MAX;
	if ((cmd = tfd_bytes(IWM_CMD_QUEUE, idx, IWM_CMD_FIRST_TB)) != NULL)
		reply(IWM_CMD_ID(cmd[1], cmd[0]), iwm_le16(cmd + 2), cmd + (cmd[1] != 0 ? 8 : 4));
	return 1;
}

static int
serve_frame(void)
{
	union {
		struct iwm_tx_resp r;
		uint8_t bytes[sizeof(struct iwm_tx_resp) + 8];
	} u;
	unsigned q;

	for (q = 1; q < IWM_MAX_QUEUES; q++) {
		if (card.done[q] == card.end[q])
			continue;
		memset(&u, 0, sizeof(u));
				u.r.frame_count = 1;
		u.r.status[0].status = htole16(TX_STATUS_SUCCESS);
		u.bytes[sizeof(u.r) + sizeof(u.r.status[0])] = (uint8_t)(card.done[q] + 1);
		packet(IWM_TX_CMD, 0, (uint16_t)(QUEUE_TO_SEQ(q) | card.done[q]), u.bytes,
		    sizeof(u));
		card.done[q] = (card.done[q] + 1) % TFD_QUEUE_SIZE_MAX;
		return 1;
	}
	return 0;
}

static void
say_alive(void)
{
	struct iwm_alive_resp a;
	int r = rule_for(IWM_ALIVE);

	memset(&a, 0, sizeof(a));
	a.status = htole16(IWM_ALIVE_STATUS_OK);
	a.error_event_table_ptr = htole32(0x800100);
	a.error_info_addr = htole32(0x800800);
	if (r >= 0)
		packet(IWM_ALIVE, 0, SEQ_RX_FRAME, card.rule[r].p + 4, card.rule[r].len - 4);
	else
		packet(IWM_ALIVE, 0, SEQ_RX_FRAME, &a, sizeof(a));
}

/* One thing that is due. */
static bool
behave(void)
{
	if (card.chunk) {
		card.chunk = 0;
		interrupt(CSR_INT_BIT_FH_TX);
	} else if (card.alive) {
		card.alive = 0;
		say_alive();
	} else if (!serve_command())
		return serve_frame();
	return true;
}

/* ---- the card: steps ---- */

static void
write_memory(const uint8_t *p, size_t len)
{
	bus_addr_t pa = inproc_dma_first() + (bus_addr_t)(word(p, len, 0) % 1024) * 4096 +
	    (word(p, len, 2) & 0xfff);
	uint8_t *to = NULL;

	if (len > 4)
		to = inproc_dma(pa, len - 4);
	if (to != NULL)
		memcpy(to, p + 4, len - 4);
}

static void
raw_buffer(size_t off, const uint8_t *p, size_t len)
{
	uint8_t *buf = rx_buffer();

	if (buf == NULL)
		return;
	if (len > 2)
		memcpy(buf + off, p + 2, at_most(len - 2, IWM_RBUF_SIZE - off));
	rx_close();
}

static void
card_step(void)
{
	int kind = next_kind();
	size_t len;
	const uint8_t *p = steps_take(&in, &len);

	switch (kind) {
	case S_CALM:
		card.calm = byte(p, len, 0);
		break;
	case S_PACKET:
		packet(byte(p, len, 0), byte(p, len, 1), (uint16_t)word(p, len, 2),
		    p + at_most(len, 4), len - at_most(len, 4));
		break;
	case S_BUFFER:
		raw_buffer(word(p, len, 0) % IWM_RBUF_SIZE, p, len);
		break;
	case S_STATUS:
		rx_status(word(p, len, 0) & 0xffff);
		break;
	case S_CAUSES:
		interrupt(word(p, len, 0));
		break;
	case S_REGISTER:
		card.lie.off = word(p, len, 0) & 0x1ffc;
		card.lie.val = word(p, len, 2);
		card.lie.reads = (uint8_t)byte(p, len, 6);
		break;
	case S_MEMORY:
		write_memory(p, len);
		break;
	case S_SILENT:
		card.silent = byte(p, len, 0);
		break;
	case S_GONE:
		card.gone = 1;
		break;
	default:			/* rules are known already */
		break;
	}
}

/* Rules hold from the beginning, and so does the place of a failure of the host's. */
static void
find_rules(void)
{
	const struct steps was = in;
	const uint8_t *p;
	size_t len;
	int kind;

	while ((kind = next_kind()) >= 0) {
		p = steps_take(&in, &len);
		if (kind == S_FAIL)
			inproc_fail_at = (int)(word(p, len, 0) & 0xffff);
		if (kind != S_RULE || len < 4 || len > 4000 || card.nrules == NRULES)
			continue;
		card.rule[card.nrules].p = p;
		card.rule[card.nrules].len = len;
		card.rule[card.nrules++].spared = p[2];
	}
	in = was;
}

/* ---- the card: what the driver calls ---- */

static uint32_t
card_read(uint32_t off)
{
	uint32_t v = *reg(off);

	if (card.gone)
		return IWM_ALL_ONES;
	if (card.lie.reads > 0 && card.lie.off == off) {
		card.lie.reads--;
		return card.lie.val;
	}
	switch (off) {
	case CSR_GP_CNTRL:
		return v | CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY |
		    CSR_GP_CNTRL_REG_FLAG_HW_RF_KILL_SW;
	case CSR_HW_REV:
		return CSR_HW_REV_TYPE_7260 | 4;
	case CSR_RESET:
		return v | CSR_RESET_REG_FLAG_MASTER_DISABLED;
	case FH_MEM_RSSR_RX_STATUS_REG:
		return FH_RSSR_CHNL0_RX_STATUS_CHNL_IDLE;
	case FH_TSSR_TX_STATUS_REG:
		return 0x00ff0000;
	case HBUS_TARG_PRPH_RDAT:
		return (card.prph & 0xfffff) == (SCD_SRAM_BASE_ADDR & 0xfffff) ? 0x404000 : 0;
	case HBUS_TARG_MEM_RDAT:
		return 0x39;
	default:
		return v;
	}
}

static void
written_ring(uint32_t v)
{
	unsigned q = v >> 8 & 0x1f;

	if (q == IWM_CMD_QUEUE)
		card.cmd_end = v & 0xff;
	else if (q < IWM_MAX_QUEUES)
		card.end[q] = v & 0xff;
}

static void
card_write(uint32_t off, uint32_t v)
{
	switch (off) {
	case CSR_INT:
	case CSR_FH_INT_STATUS:
		*reg(off) &= ~v;
		return;
	case CSR_RESET:
		card.alive = v == 0;
		if ((v & CSR_RESET_REG_FLAG_SW_RESET) != 0) {
			memset(card.done, 0, sizeof(card.done));
			memset(card.end, 0, sizeof(card.end));
			card.cmd_next = card.cmd_end = card.ict_on = card.chunk = 0;
		}
		break;
	case CSR_DRAM_INT_TBL_REG:
		card.ict = 0;
		card.ict_on = (v & CSR_DRAM_INT_TBL_ENABLE) != 0;
		break;
	case FH_RSCSR_CHNL0_RBDCB_BASE_REG:
		card.rx = 0;
		break;
	case HBUS_TARG_PRPH_RADDR:
		card.prph = v;
		break;
	case HBUS_TARG_WRPTR:
		written_ring(v);
		break;
	default:
		if (off == FH_TCSR_CHNL_TX_CONFIG_REG(FH_SRVC_CHNL))
			card.chunk = v >> 31;
		break;
	}
	*reg(off) = v;
}

/* Everybody waits. */
static bool
card_turn(void)
{
	if (++card.turns > MOST_TURNS)
		card.gone = 1;
	if (card.gone)
		return false;
	if (card.silent > 0) {
		card.silent--;
		return false;
	}
	if (card.calm > 0)
		card.calm--;
	else if (next_kind() >= 0 && next_kind() < S_UP) {
		card_step();
		(void)behave();
		return true;
	}
	return behave();
}

static void
card_reset(void)
{
	memset(card.reg, 0, sizeof(card.reg));
	card_write(CSR_RESET, CSR_RESET_REG_FLAG_SW_RESET);
}

static const struct inproc_card ops = { 0x8086, 0x08b1, BAR_SIZE, card_read, card_write, card_turn,
    card_reset };

/* ---- the host: up and down are the shim's ---- */

static int
up(struct pdk_dev *dev)
{
	int error = host.ops->up(dev);

	host.up = error == 0;
	return error;
}

static void
down(struct pdk_dev *dev)
{
	host.up = host.joined = host.assoc = 0;
	host.ops->down(dev);
}

static const struct pdk80211_ops shown = { .up = up, .down = down };

int	__real_pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);
int	__wrap_pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);

/* The shim makes no station of a radio that can do no more than this. */
int
__wrap_pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *all,
    const struct pdk80211_caps *caps)
{
	host.ops = all;
	return __real_pdk80211_attach(dev, &shown, caps);
}

/* What is wanted may have been given up before. */
static void
want(bool yes)
{
	struct shim_80211 *w = atomic_load(&host.sc->wifi);

	if (w == NULL)
		return;
	shim_lock(host.sc);
	w->life.failed = false;
	shim_unlock(host.sc);
	shim_follow_want(&w->life, yes);
}

static void
leave(struct pdk_dev *dev)
{
	host.joined = host.assoc = 0;
	host.ops->leave(dev);
}

/* ---- the host: what a layer above does, in WORKER ---- */

static void
set_bss(const uint8_t *p, size_t len)
{
	struct pdk80211_bss *b = &host.bss;

	memset(b, 0, sizeof(*b));
	b->bssid[0] = 2;
	b->dtim_period = 1;
	b->bintval = 100;
	b->aid = 1;
	b->chan.num = byte(p, len, 0) & 1 ? 36 : 6;
	b->chan.freq = byte(p, len, 0) & 1 ? 5180 : 2437;
	b->chan.width = byte(p, len, 0) & 2 ? 40 : 20;
	b->nrates = 2;
	b->rates[0] = 12;
	b->rates[1] = 24;
	b->basic_rates = 1;
	b->flags = byte(p, len, 1);
	b->mcs[0] = b->mcs[1] = 0xff;
	b->htcaps = (uint16_t)word(p, len, 2);
	b->ampdu = (uint8_t)byte(p, len, 4);
}

static void
scan(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	static const struct pdk80211_chan chans[] = { { .num = 6 }, { .num = 36 } };
	struct pdk80211_scan s;

	memset(&s, 0, sizeof(s));
	s.chans = chans;
	s.nchans = 1 + (byte(p, len, 0) & 1);
	s.passive = byte(p, len, 0) >> 1 & 1;
	s.background = (uint8_t)host.assoc;
	s.ies = p;
	s.ies_len = (uint16_t)at_most(len, 100);
	(void)host.ops->scan(dev, &s);
}

/* The one thing that the network does, in a thread of its own. */
static void
send(const uint8_t *p, size_t len)
{
	struct shim_ctx saved = shim_enter(host.sc, C_TX);
	size_t size = 26 + at_most(len, 1500);
	struct mbuf *m = shim_mbuf_get(host.sc, size, SHIM_SITE());
	struct pdk80211_txinfo info;
	uint8_t *h;

	if (m != NULL) {
		h = mtod(m, uint8_t *);
		memset(&info, 0, sizeof(info));
		memset(h, 0, 26);
		h[0] = byte(p, len, 0) & 1 ? 0xb0 : 0x88;
		info.hdrlen = h[0] == 0xb0 ? 24 : 26;
		info.tid = h[0] == 0xb0 ? 0 : byte(p, len, 0) >> 1 & 7;
		info.ac = byte(p, len, 0) >> 4 & 3;
		h[24] = info.tid;
		if (len != 0)
			memcpy(h + 26, p, size - 26);
		if (host.ops->tx(host.sc->dev, m, &info) != 0)
			m_freem(m);
	}
	shim_leave(saved);
}

static void
key(struct pdk_dev *dev, const uint8_t *p, size_t len, int set)
{
	struct pdk80211_key k;

	memset(&k, 0, sizeof(k));
	k.id = byte(p, len, 0) & 3;
	k.group = byte(p, len, 0) >> 2 & 1;
	k.cipher = PDK_CIPHER_CCMP;
	k.len = 16;
	if (set)
		(void)host.ops->set_key(dev, &k);
	else
		host.ops->del_key(dev, &k);
}

static void
ba(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	uint16_t ssn = (uint16_t)word(p, len, 1);

	(void)host.ops->ba(dev, (enum pdk80211_baop)(byte(p, len, 0) % 5),
	    byte(p, len, 0) >> 3 & 7, &ssn, 64);
}

static void
join(struct pdk_dev *dev, const uint8_t *p, size_t len)
{
	set_bss(p, len);
	host.joined = host.ops->join(dev, &host.bss) == 0;
	if (!host.joined)
		leave(dev);
}

static void
assoc(struct pdk_dev *dev)
{
	host.assoc = host.ops->assoc(dev, &host.bss) == 0;
	if (!host.assoc)
		leave(dev);
}

/* A step that is done in WORKER. */
struct call {
	int		 kind;
	const uint8_t	*p;
	size_t		 len;
};

/* What is done with a radio that is up. */
static int
up_step(void *arg)
{
	const struct call *c = arg;
	struct pdk_dev *dev = host.sc->dev;
	struct pdk80211_stats st;

	if (!host.up)
		return 0;
	if (c->kind == S_SCAN)
		scan(dev, c->p, c->len);
	else if (c->kind == S_SCAN_ABORT)
		host.ops->scan_abort(dev);
	else if (c->kind == S_STATS)
		(void)host.ops->stats(dev, &st);
	else if (c->kind == S_JOIN && !host.joined)
		join(dev, c->p, c->len);
	else if (c->kind == S_ASSOC && host.joined && !host.assoc)
		assoc(dev);
	else if (!host.joined)
		return 0;
	else if (c->kind == S_LEAVE)
		leave(dev);
	else if (!host.assoc)
		return 0;
	else if (c->kind == S_UPDATE) {
		if (host.ops->update(dev, (int)(byte(c->p, c->len, 0) & 0x7f), &host.bss) != 0)
			leave(dev);
	} else if (c->kind == S_BA)
		ba(dev, c->p, c->len);
	else if (c->kind == S_SET_KEY || c->kind == S_DEL_KEY)
		key(dev, c->p, c->len, c->kind == S_SET_KEY);
	return 0;
}

/* Asleep and awake again. */
static void
nap(void)
{
	const struct hyp_personality *p = hyp_personality();

	if (p->suspend(host.sc) == 0)
		(void)p->resume(host.sc);
}

static void
host_step(void)
{
	struct call c = { .kind = next_kind() };
	struct shim_ctx saved;

	c.p = steps_take(&in, &c.len);
	if (c.kind == S_TIME)
		inproc_time((unsigned)word(c.p, c.len, 0) & 0xffff);
	else if (c.kind == S_SLEEP)
		nap();
	else if (c.kind == S_UP || c.kind == S_DOWN)
		want(c.kind == S_UP);
	else if (c.kind == S_TX && host.joined)
		send(c.p, c.len);
	else {
		saved = shim_enter(host.sc, C_CONFIG);
		(void)pdk_call(host.sc->dev, up_step, &c);
		shim_leave(saved);
	}
}

/* ---- a run ---- */

static void
put(uint32_t w)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		fw[fw_size++] = (uint8_t)(w >> 8 * i);
}

/* The smallest file that the driver takes. */
static void
make_fw(void)
{
	put(0), put(0x0a4c5749);
	fw_size += 64;
	put(17), put(0), put(0), put(0);
	put(29), put(8), put(0), put(1u << IWM_UCODE_TLV_API_NEW_VERSION |
	    1 << IWM_UCODE_TLV_API_WIDE_CMD_HDR);
	put(30), put(8), put(0), put(1 << IWM_UCODE_TLV_CAPA_DQA_SUPPORT);
	put(31), put(4), put(40);
	put(19), put(12), put(0), put(1), put(2);
	put(20), put(12), put(0), put(1), put(2);
	put(36), put(12), put(17), put(1), put(0);
	put(23), put(4), put(0x00330018);
	inproc_fw = fw;
	inproc_fw_size = fw_size;
}

static void
serve(void)
{
	unsigned n;

	for (n = 0; next_kind() >= 0 && n < MOST_STEPS; n++) {
		if (next_kind() >= S_UP)
			host_step();
		else
			card.calm = card.silent = 0;	/* it is the card's turn */
		inproc_time(1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int error;

	if (fw_size == 0)
		make_fw();
	memset(&card, 0, sizeof(card));
	memset(&host, 0, sizeof(host));
	in = (struct steps){ data, size };
	inproc_begin(&ops);
	find_rules();
	host.sc = inproc_attach(&error);
	if (error == 0)
		serve();
	inproc_end(host.sc);
	return 0;
}
