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
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "tools/sim/device.h"
#include "tools/sim/i7260/card.h"
#include "tools/sim/i7260/i7260.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct sim_model *const sim_models[] = { NULL };

static struct card *card;
static struct sim_dev *dev;
static struct sim_model model;
static uint64_t now = 1000000000;

static void
emit(void *arg, const char *name, const char *text, const char *human)
{
	json_t *j = json_loads(text, 0, NULL);

	(void)arg;
	(void)name;
	(void)human;
	CHECK(j != NULL);
	json_decref(j);
}

static uint64_t
clock_now(void *arg)
{
	(void)arg;
	return now;
}

static int
create(struct sim_dev *d, void **state)
{
	int error = sim_i7260.create(d, state);

	card = *state;
	return error;
}

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
	struct air_rx rx = { .tsf = now / 1000, .duration = 100, .noise = -95 };

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
	now += (uint64_t)ms * 1000000;
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
setup(void)
{
	static const struct sim_host_ops ops = { .emit = emit, .now = clock_now };

	model = sim_i7260;
	model.create = create;
	CHECK(sim_dev_new(&model, &ops, NULL, &dev) == 0 && sim_dev_start(dev) == 0);
	sim_dev_attach(dev);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 1, len;

	if (size == 0)
		return 0;
	if (dev == NULL)
		setup();
	csr_power_on(card);
	card->fw = FW_RUNNING;
	card->image = FW_RUNTIME;
	card->fw_started = now;
	card->run.tx_ant = 3;
	if ((data[0] & 1) != 0)
		network();
	for (; at + 4 <= size; at += len) {
		unsigned step = data[at] % 5;

		len = get16(data + at + 1);
		at += 3;
		if (len > size - at)
			len = size - at;
		if (len > 4000)
			len = 4000;
		if (len == 0)
			continue;
		switch (step) {
		case 0:
			command(data[at], len > 1 ? data[at + 1] & 5 : 0, data + at, len);
			break;
		case 1:
			fitting_command(data + at, len);
			break;
		case 2:
			from_air(data + at, len);
			break;
		case 3:
			to_air(data + at, len);
			break;
		default:
			time_passes(data[at]);
			break;
		}
	}
	return 0;
}
