/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_iwm.c - libFuzzer target: a hostile card under the whole of iwm, from attach to detach: what
 * it answers, writes into memory, and when it interrupts. The pdk and the harness under the driver
 * are the real ones, and the card is in this process (inproc.h).
 *
 *	voy fuzz iwm --for 20m
 *
 * Left alone, the card does what a 7260 would: takes the firmware, says ALIVE, answers commands.
 * An input is a script for it and for the host (script.h; the steps of their own are in iwm/iwm.h).
 * Rules, which change answers, hold from the beginning.  The host is what an 802.11 layer may do,
 * in any order that pdk80211.h allows; up, down and restarts are the shim's.
 *
 * Beside what the sanitizers see, the pdk checks its rules, and that nothing is left.
 */
#include "tests/fuzz/iwm/iwm.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
card_step(unsigned kind, const uint8_t *p, size_t len)
{
	size_t head = at_most(len, 4);

	switch (kind) {
	case CARD_PACKET:
		rxbuf_packet(byte(p, len, 0), byte(p, len, 1), (uint16_t)word(p, len, 2), p + head,
		    len - head);
		break;
	case CARD_BUFFER:
		rxbuf_raw(word(p, len, 0) % IWM_RBUF_SIZE, p + at_most(len, 2),
		    len - at_most(len, 2));
		break;
	case CARD_STATUS:
		rxbuf_status(word(p, len, 0) & 0xffff);
		break;
	case CARD_CAUSES:
		card_interrupt(word(p, len, 0));
		break;
	default:			/* rules are known already */
		break;
	}
}

static void
foresee(unsigned kind, const uint8_t *p, size_t len)
{
	if (kind == CARD_RULE)
		answer_rule(p, len);
}

/* One thing that is due. */
static bool
behave(void)
{
	const uint8_t *cmd;
	unsigned q, idx;

	if (card_chunk_due())
		card_interrupt(CSR_INT_BIT_FH_TX);
	else if (card_alive_due())
		answer_alive();
	else if (card_next_queued(IWM_CMD_QUEUE, IWM_CMD_QUEUE, &q, &idx)) {
		if ((cmd = card_queued_bytes(q, idx, IWM_CMD_FIRST_TB)) != NULL)
			answer_command(cmd);
	} else if (card_next_queued(IWM_CMD_QUEUE + 1, IWM_MAX_QUEUES - 1, &q, &idx))
		answer_frame(q, idx);
	else
		return false;
	return true;
}

static const struct script_target target = {
	.card = { 0x8086, 0x08b1, CARD_BAR_SIZE, card_read, card_write, script_turn, card_reset },
	.card_steps = CARD_STEPS, .host_steps = HOST_STEPS,
	.card_step = card_step, .host_step = host_step, .foresee = foresee, .behave = behave,
	.life = host_life,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fwfile_offer();
	card_begin();
	rxbuf_begin();
	answer_begin();
	host_begin();
	script_run(&target, data, size);
	return 0;
}
