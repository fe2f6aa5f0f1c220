/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu.c - QEMU's edu device (QEMU docs/specs/edu.rst) in a small kernel, and a driver's life over
 * it: attach, boot, sleep, detach.  What the driver says goes to stdout.
 *
 * An interrupt comes when all threads sleep, or in the busy wait of one that holds no lock: never in
 * the middle of what it would have to wait for.  With MSI-X, causes 8n to 8n + 7 raise vector n.
 */
#include <stdio.h>
#include <unistd.h>

#include "edu.h"
#include "kernel.h"

#define BUF_AT		0x40000u
#define BUF_SIZE	4096u
#define CMD_RUN		1u
#define CMD_TO_HOST	2u
#define STATUS_IRQ	0x80u

static struct {
	uint32_t	live, fact, status, irq, reg[4];	/* reg: DMA's, from 0x80 on */
	uint32_t	raised;					/* vectors, one bit each */
	uint8_t		buf[BUF_SIZE];
} edu;

static void
give_up(const char *why)
{
	printf("Bail out! edu: %s\n", why);
	fflush(stdout);
	_exit(1);
}

static void
raise_causes(uint32_t causes)
{
	unsigned i;

	edu.irq |= causes;
	for (i = 0; i < 4; i++)
		if ((causes >> 8 * i & 0xff) != 0)
			edu.raised |= 1u << (k_msix != 0 ? i : 0);
}

/* k_event */
static void
deliver(void)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		if ((edu.raised & 1u << i) != 0) {
			edu.raised &= ~(1u << i);
			k_interrupt(i);
		}
	}
}

/* The addresses are the device's; what does not lie within its reach is somebody else's. */
static void
transfer(uint32_t cmd)
{
	bool up = (cmd & CMD_TO_HOST) != 0;
	uint32_t at = edu.reg[up ? 0 : 1] - BUF_AT, host = edu.reg[up ? 1 : 0], i;
	uint8_t *p;

	if (at > BUF_SIZE || edu.reg[2] > BUF_SIZE - at)
		give_up("a transfer beyond the buffer");
	for (i = 0; i < edu.reg[2]; i++) {
		p = k_device_memory(host + i);
		if (p == NULL || (host + i) >> 28 != 0)
			give_up("a transfer from or to where no memory is");
		if (up)
			*p = edu.buf[at + i];
		else
			edu.buf[at + i] = *p;
	}
}

uint32_t
bus_space_read_4(bus_space_tag_t t __unused, bus_space_handle_t h __unused, bus_size_t off)
{
	switch (off) {
	case 0x00: return 0x010000ed;
	case 0x04: return edu.live;
	case 0x08: return edu.fact;
	case 0x20: return edu.status;
	case 0x24: return edu.irq;
	default: return 0;
	}
}

void
bus_space_write_4(bus_space_tag_t t __unused, bus_space_handle_t h __unused, bus_size_t off,
    uint32_t v)
{
	uint32_t n;

	switch (off) {
	case 0x04:
		edu.live = ~v;
		break;
	case 0x08:
		for (edu.fact = 1, n = v; n > 0; n--)
			edu.fact *= n;
		if ((edu.status & STATUS_IRQ) != 0)
			raise_causes(1);
		break;
	case 0x20:
		edu.status = v & STATUS_IRQ;
		break;
	case 0x60:
		raise_causes(v);
		break;
	case 0x64:
		edu.irq &= ~v;
		break;
	case 0x80:
	case 0x88:
	case 0x90:
		edu.reg[(off - 0x80) / 8] = v;
		break;
	case 0x98:
		if ((v & CMD_RUN) != 0)
			transfer(v);
		break;
	}
}

/* Accesses that edu does not hear. */
uint8_t
bus_space_read_1(bus_space_tag_t t __unused, bus_space_handle_t h __unused, bus_size_t off __unused)
{
	return 0;
}

uint16_t
bus_space_read_2(bus_space_tag_t t __unused, bus_space_handle_t h __unused, bus_size_t off __unused)
{
	return 0;
}

void
bus_space_write_1(bus_space_tag_t t __unused, bus_space_handle_t h __unused,
    bus_size_t off __unused, uint8_t v __unused)
{
}

void
bus_space_write_2(bus_space_tag_t t __unused, bus_space_handle_t h __unused,
    bus_size_t off __unused, uint16_t v __unused)
{
}

/* ---- a life ---- */

static void
say(void)
{
	fputs(k_console, stdout);
	k_console[0] = '\0';
}

/* edu [MSIX]: so many vectors of MSI-X. */
int
main(int argc, char **argv)
{
	int error, i;

	k_msix = argc > 1 ? (unsigned)(argv[1][0] - '0') : 0;
	k_msi = k_intx = 1;
	k_bar_size = 1 << 20;
	k_event = deliver;
	error = k_attach();
	if (error == 0)
		k_boot();
	for (i = 0; i < 5000; i++)		/* s: more than all checks wait for */
		k_clock(1000);
	say();
	if (error == 0)
		error = k_suspend();
	if (error == 0)
		error = k_resume();
	say();
	if (error == 0)
		error = k_detach();
	say();
	printf("# %d, %d left\n", error, k_live);
	return error != 0 || k_live != 0;
}
