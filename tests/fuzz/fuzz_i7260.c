/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_i7260.c - libFuzzer target: the firmware of the simulated 7260, between a driver that sends
 * anything and an air that carries anything.
 *
 *	ninja fuzz-i7260 && build/fuzz/bin/fuzz-i7260 -max_total_time=20 CORPUS
 *
 * The first byte says whether a network is set up beforehand; then come steps, each a byte, a
 * length of 16 bits and that many bytes: a host command as it is, one with a length that fits, a
 * frame from the air, a TX command, time passes. A firmware that asserted goes on as if it had not,
 * so that a step after a wrong one is seen, too. Beside what the sanitizers see, it is checked that
 * every event is good JSON and that packets to the driver have the length they claim.
 */
#include <string.h>

#include "tests/fuzz/simcard.h"
#include "tools/sim/i7260/card.h"
#include "tools/sim/i7260/i7260.h"

static struct card *card;
static struct sim_dev *dev;

/* Packets that wait for the driver are looked at and thrown away. */
static void
drain(void)
{
	struct { void *next; size_t len; uint8_t bytes[]; } *p;

	for (p = (void *)card->rx.head; p != NULL; p = p->next)
		CHECK(p->len >= 8 && (get32(p->bytes) & 0x3fff) == p->len - 4);
	rx_reset(card);
}

static void
revive(void)
{
	if (card->fw != FW_RUNNING)
		card->fw = FW_RUNNING;
	drain();
}

static void
command(uint8_t id, uint8_t group, const uint8_t *data, size_t len)
{
	uint8_t f[8 + 4096] = { id, group, 0, 0 };
	size_t hdr = group == 0 ? 4 : 8;

	put16(f + 4, (unsigned)len);
	if (len != 0)
		memcpy(f + hdr, data, len);
	fwcmd_run(card, 0, 0, f, hdr + len);
	revive();
}

/* A known command, each n another one as long as there are. */
static const struct fw_cmd *
nth_command(unsigned n)
{
	unsigned t, i, count = 0;

	for (t = 0; fw_tables[t] != NULL; t++)
		for (i = 0; fw_tables[t][i].name != NULL; i++)
			count++;
	n %= count;
	for (t = 0;; t++)
		for (i = 0; fw_tables[t][i].name != NULL; i++)
			if (n-- == 0)
				return &fw_tables[t][i];
}

/* One of the known commands, with as many bytes as it takes at least. */
static void
fitting_command(const uint8_t *p, size_t len)
{
	const struct fw_cmd *cmd = nth_command(p[0]);
	uint8_t b[4096] = { 0 };

	p++;
	len--;
	memcpy(b, p, len < sizeof(b) ? len : sizeof(b));
	if (len < cmd->min)
		len = cmd->min;
	if (len > cmd->max)
		len = cmd->max;
	command(cmd->id, cmd->group, b, len < sizeof(b) ? len : sizeof(b));
}

static void
from_air(const uint8_t *p, size_t len)
{
	struct air_rx rx = { .tsf = simcard_now / 1000, .duration = 100, .noise = -95 };

	if (len < 4 + AIR_FRAME_MIN)
		return;
	rx.freq = (p[0] & 1) != 0 ? 5180 : card->radio.freq != 0 ? card->radio.freq : 2437;
	rx.signal = (int8_t)p[1];
	rx.rate.kind = (p[0] & 2) != 0 ? AIR_RATE_HT : AIR_RATE_LEGACY;
	rx.rate.index = p[2];
	rx.rate.flags = p[3];
	rx.flags = p[0] >> 4;
	fw_rx(card, &rx, p + 4, len - 4);
	drain();
}

static void
to_air(const uint8_t *p, size_t len)
{
	struct tx_agg *agg = (p[0] & 1) != 0 ? ba_new(card) : NULL;
	unsigned q = p[0] >> 1 & 15, i;

	memset(card->frame, 0, 256);
	memcpy(card->frame + CMD_HDR_LEN, p, len);
	for (i = 0; i < 1u + (p[0] >> 6); i++)
		tx_data(card, q, i, CMD_HDR_LEN + (len < 66 ? 66 : len), agg);
	if (agg != NULL)
		ba_close(agg);
	revive();
}

static void
time_passes(unsigned ms)
{
	simcard_now += (uint64_t)ms * 1000000;
	sim_dev_run_timers(dev);
	revive();
}

static void
network(void)
{
	static const uint8_t own[6] = { 2, 0, 0, 0, 0, 2 }, ap[6] = { 2, 0, 0, 0, 0, 1 };
	uint8_t b[148] = { 0 };

	b[4] = 1;
	b[8] = 5;
	memcpy(b + 16, own, 6);
	memcpy(b + 24, ap, 6);
	b[52] = 4;
	put32(b + 116, 100);
	command(0x28, 0, b, 148);
	memset(b, 0, sizeof(b));
	b[4] = 1;
	b[16] = 1;
	b[17] = 6;
	command(0x08, 0, b, 36);
	memset(b, 0, sizeof(b));
	b[4] = 1;
	memset(b + 12, 0xff, 8);
	command(0x2b, 0, b, 24);
	memset(b, 0xff, 48);
	put32(b, 0);
	put32(b + 4, 100);
	command(0x2c, 0, b, 48);
	memset(b, 0, sizeof(b));
	memcpy(b + 8, ap, 6);
	command(0x18, 0, b, 44);
	memset(b, 0, sizeof(b));
	put16(b + 2, KEY_CCM);
	command(0x17, 0, b, 64);
}

static void
step(unsigned kind, const uint8_t *p, size_t len)
{
	switch (kind) {
	case 0:
		command(p[0], len > 1 ? p[1] & 5 : 0, p, len);
		break;
	case 1:
		fitting_command(p, len);
		break;
	case 2:
		from_air(p, len);
		break;
	case 3:
		to_air(p, len);
		break;
	default:
		time_passes(p[0]);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1, len;
	const uint8_t *p;
	unsigned kind;

	if (size == 0)
		return 0;
	if (dev == NULL)
		dev = simcard_new(&sim_i7260, NULL, NULL, (void **)&card);
	csr_power_on(card);
	card->fw = FW_RUNNING;
	card->image = FW_RUNTIME;
	card->fw_started = simcard_now;
	card->run.tx_ant = 3;
	if ((data[0] & 1) != 0)
		network();
	while ((p = simcard_step(data, size, &at, &kind, &len)) != NULL) {
		if (len > 4000)
			len = 4000;
		if (len != 0)
			step(kind % 5, p, len);
	}
	return 0;
}
