/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry of a recording in words. */
#include <stdio.h>
#include <string.h>

#include "harness/rr_int.h"
#include "harness/trace.h"

#define TEXT_MAX	900

static const struct {
	const char	*name;
	unsigned	 args;
	const char	*fmt;
} ops[RR_OPS] = {
	[RR_CONF_READ] = { "conf-read", 1, "config+0x%03llx" },
	[RR_CONF_WRITE] = { "conf-write", 2, "config+0x%03llx 0x%08llx" },
	[RR_BAR_MAP] = { "map BAR", 1, "%llu" },
	[RR_BAR_UNMAP] = { "unmap BAR", 1, "%llu" },
	[RR_INTR_ON] = { "establish interrupts", 2, "kinds 0x%llx, up to %llu vectors" },
	[RR_INTR_OFF] = { "disestablish interrupts", 0, "" },
	[RR_INTR] = { "an interrupt", 0, "" },
	[RR_POWER] = { "power", 1, "%llu" },
	[RR_POWERED] = { "power is on", 0, "" },
	[RR_RESET] = { "reset", 0, "" },
	[RR_DMA_LIMIT] = { "DMA address width", 1, "%llu bits" },
	[RR_DMA_ALLOC] = { "dma-alloc", 3, "%llu bytes, align %llu, boundary %llu" },
	[RR_DMA_FREE] = { "dma-free", 1, "iova 0x%llx" },
	[RR_DMA_SYNC] = { "dma-sync", 3, "iova 0x%llx, %llu bytes, op 0x%llx" },
	[RR_RANDOM] = { "random", 1, "%llu bytes" },
	[RR_WAITED] = { "the end of a wait", 0, "" },
	[RR_NET_OPEN] = { "open the network", 1, "MTU %llu" },
	[RR_NET_HEARD] = { "a message of the network", 0, "" },
	[RR_NET_FRAME] = { "a frame of the host", 0, "" },
	[RR_NET_GONE] = { "the end of the network", 0, "" },
	[RR_NET_SEND] = { "frame to the host", 2, "of %llu bytes, CRC-32 0x%08llx" },
	[RR_NET_CARRIER] = { "carrier", 1, "%llu" },
	[RR_OUTSIDE] = { "a request", 0, "" },
	[RR_FOUND] = { "an offence in DMA", 0, "" },
	[RR_DELAY] = { "a delay", 0, "" },
	[RR_WHY] = { "why it failed", 0, "" },
	[RR_OFFER] = { "the turns of others", 0, "" },
	[RR_TURN] = { "the turn of another thread", 0, "" },
};

static void
describe_register(enum rr_op op, const uint64_t *v, char *buf, size_t size)
{
	unsigned width = v[0] & 0xff;
	char reg[64];
	int n;

	trace_reg_name((unsigned)v[0] >> 8, v[1], reg, sizeof(reg));
	n = snprintf(buf, size, "%s%u bar%u+0x%03llx%s", op == RR_READ ? "read" : "write", width,
	    (unsigned)(v[0] >> 8), (unsigned long long)v[1], reg);
	if (op == RR_WRITE && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, " 0x%0*llx", (int)width * 2,
		    (unsigned long long)v[2]);
}

/* A text in an entry, behind what comes before it; "" if there is none. */
static int
get_text(const uint8_t *entry, size_t len, size_t at, const char **text)
{
	uint64_t n;

	*text = "";
	if (!rr_number(entry, len, &at, &n) || n > len - at)
		return 0;
	*text = (const char *)entry + at;
	return n < TEXT_MAX ? (int)n : TEXT_MAX;
}

static void
describe_numbers(enum rr_op op, const uint64_t *v, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s%s", ops[op].name, ops[op].args > 0 ? " " : "");

	if (n > 0 && (size_t)n < size && ops[op].args > 0)
		snprintf(buf + n, size - (size_t)n, ops[op].fmt, (unsigned long long)v[0],
		    (unsigned long long)v[1], (unsigned long long)v[2]);
}

static unsigned
arguments(enum rr_op op)
{
	return op == RR_READ ? 2 : op == RR_WRITE ? 3 : op < RR_OPS ? ops[op].args : 0;
}

void
rr_describe(const uint8_t *entry, size_t len, char *buf, size_t size)
{
	enum rr_op op = len > 0 ? entry[0] : RR_END;
	uint64_t v[3] = { 0, 0, 0 };
	const char *text;
	size_t at = 1;
	unsigned i;
	int n;

	for (i = 0; i < arguments(op); i++)
		if (!rr_number(entry, len, &at, &v[i]))
			break;
	n = get_text(entry, len, 1, &text);
	if (op == RR_READ || op == RR_WRITE)
		describe_register(op, v, buf, size);
	else if (op == RR_FIRMWARE)
		snprintf(buf, size, "firmware %.*s", n, text);
	else if (op == RR_END)
		snprintf(buf, size, "the end%s%.*s", n > 0 ? ": " : "", n, text);
	else if (op < RR_OPS && ops[op].name != NULL)
		describe_numbers(op, v, buf, size);
	else
		snprintf(buf, size, "entry of kind %d", (int)op);
}
