/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.c - the CPU is released: is what lies in SRAM an image of the firmware file? Then it
 * starts and says ALIVE. Without a file any image is taken, the first content seen as INIT.
 */
#include <stdio.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define UCODE_ALIVE		0x01
#define ALIVE_STATUS_OK		0xcafe
#define ALIVE_STATUS_ERR	0xdead
#define ALIVE_FLAG_RFKILL	0x0001
#define SUBTYPE_INITIALIZE	9
#define STATS_FIRST_US		10000000u
#define DEFAULT_MAJOR		17
#define DEFAULT_MINOR		0xbfb58538u	/* of iwlwifi-7260-17.ucode */

const char *
fw_image_name(enum fw_image img)
{
	static const char *const names[FW_NIMAGES] = {
		"none", "INIT", "RUNTIME", "WOWLAN", "USNIFFER",
	};

	return names[img];
}

void
boot_reset(struct card *c)
{
	sim_timer_stop(&c->boot);
	sim_timer_stop(&c->calib);
	fw_stop(c);
	c->fw = FW_HELD;
	c->image = FW_NONE;
	memset(&c->run, 0, sizeof(c->run));
	c->last_hcmd = 0;
	nvm_forget(c);
}

void
fw_stop(struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_NMACS; i++) {
		sim_timer_stop(&c->tbtt[i].timer);
		sim_timer_stop(&c->doze[i].timer);
		sim_timer_stop(&c->alive[i].timer);
		sim_timer_stop(&c->tbeacon[i].timer);
	}
	sim_timer_stop(&c->events);
	sim_timer_stop(&c->scan);
	sim_timer_stop(&c->stats);
	sim_timer_stop(&c->turns);
	radio_reset(c);
}

/* Sections that the driver uploads: those before a separator (the 7260 has one CPU). */
static unsigned
nuploaded(const struct fwfile *f, enum fw_image img)
{
	unsigned i;

	for (i = 0; i < f->image[img].n; i++)
		if (f->image[img].sec[i].addr == FWSEC_SEPARATOR_CPU ||
		    f->image[img].sec[i].addr == FWSEC_SEPARATOR_PAGING)
			break;
	return i;
}

/* Bytes of the image that are in place; *bad is the first section that is not wholly so. */
static size_t
match(struct card *c, enum fw_image img, unsigned *badp, size_t *offp)
{
	unsigned i, n = nuploaded(c->file, img);
	size_t good = 0, off;

	*badp = n;
	*offp = 0;
	for (i = 0; i < n; i++) {
		const struct fwsec *s = &c->file->image[img].sec[i];
		const uint8_t *p = sram_at(c, s->addr, s->len);

		for (off = 0; p != NULL && off < s->len && p[off] == s->data[off]; off++)
			good++;
		if ((p == NULL || off < s->len) && *badp == n) {
			*badp = i;
			*offp = off;
		}
	}
	return good;
}

/* An uploaded chunk that is no part of the image. */
static bool
stray_chunk(struct card *c, enum fw_image img)
{
	unsigned i, j, n = nuploaded(c->file, img);

	for (i = 0; i < c->nchunks; i++) {
		uint32_t a = c->chunk[i].addr, len = c->chunk[i].len;

		for (j = 0; j < n; j++) {
			const struct fwsec *s = &c->file->image[img].sec[j];

			if (a >= s->addr && a - s->addr <= s->len && len <= s->len - (a - s->addr))
				break;
		}
		if (j == n) {
			sim_violation(c->dev, "fw-stray", "%u bytes at %#x are no part of image %s",
			    len, a, fw_image_name(img));
			return true;
		}
	}
	return false;
}

static enum fw_image
identify_by_file(struct card *c)
{
	enum fw_image img, best = FW_INIT;
	size_t good, most = 0, off, best_off = 0;
	unsigned bad, best_bad = 0;

	for (img = FW_INIT; img < FW_NIMAGES; img++) {
		if (c->file->image[img].n == 0)
			continue;
		good = match(c, img, &bad, &off);
		if (bad == nuploaded(c->file, img))
			return stray_chunk(c, img) ? FW_NONE : img;
		if (good >= most) {
			most = good;
			best = img;
			best_bad = bad;
			best_off = off;
		}
	}
	sim_violation(c->dev, "fw-content", "CPU released, but SRAM holds no image of the firmware "
	    "file; nearest is %s, whose section %u (%u bytes at %#x) differs from its byte %zu on",
	    fw_image_name(best), best_bad, c->file->image[best].sec[best_bad].len,
	    c->file->image[best].sec[best_bad].addr, best_off);
	return FW_NONE;
}

static uint64_t
hash_upload(struct card *c)
{
	uint64_t h = 0xcbf29ce484222325u;
	unsigned i;
	uint32_t k;

	for (i = 0; i < c->nchunks; i++) {
		const uint8_t *p = sram_at(c, c->chunk[i].addr, c->chunk[i].len);

		for (k = 0; p != NULL && k < c->chunk[i].len; k++)
			h = (h ^ p[k]) * 0x100000001b3u;
	}
	return h != 0 ? h : 1;
}

static enum fw_image
identify_any(struct card *c)
{
	bool inst = false, data = false;
	uint64_t h = hash_upload(c);
	unsigned i;

	for (i = 0; i < c->nchunks; i++) {
		inst |= c->chunk[i].addr < SRAM_INST_EXT_END;
		data |= c->chunk[i].addr >= SRAM_DATA_BASE;
	}
	if (!inst || !data) {
		sim_violation(c->dev, "fw-content", "CPU released with %u chunks uploaded: an "
		    "image has instructions (from 0) and data (from %#x)", c->nchunks,
		    SRAM_DATA_BASE);
		return FW_NONE;
	}
	if (c->init_hash == 0)
		c->init_hash = h;
	return h == c->init_hash ? FW_INIT : FW_RUNTIME;
}

void
boot_release(struct card *c)
{
	if (c->fw != FW_HELD)
		return;
	if (!csr_clock_ready(c)) {
		sim_violation(c->dev, "boot-clock", "CPU released (CSR_RESET = 0) without MAC "
		    "clock");
		return;
	}
	c->image = c->file != NULL ? identify_by_file(c) : identify_any(c);
	if (c->image == FW_NONE) {
		c->fw = FW_LOST;
		return;
	}
	c->fw = FW_BOOTING;
	c->fw_started = sim_now(c->dev);
	sim_event(c->dev, "fw-start", "\"image\":\"%s\"", fw_image_name(c->image));
	if (!c->cfg.fw_silent)
		sim_timer_arm(&c->boot, c->cfg.alive_ms * 1000);
}

/* UCODE_ALIVE_NTFY version 3: status, flags, LMAC part (48 bytes), UMAC part (16 bytes). */
static void
send_alive(struct card *c)
{
	uint32_t major = c->file != NULL ? c->file->major : DEFAULT_MAJOR;
	uint32_t minor = c->file != NULL ? c->file->minor : DEFAULT_MINOR;
	uint8_t a[68] = { 0 };

	put16(a, c->cfg.fw_alive_bad ? ALIVE_STATUS_ERR : ALIVE_STATUS_OK);
	put16(a + 2, c->cfg.rfkill ? ALIVE_FLAG_RFKILL : 0);
	put32(a + 4, major);
	put32(a + 8, minor);
	a[12] = c->image == FW_INIT ? SUBTYPE_INITIALIZE : 0;
	put32(a + 16, (uint32_t)(c->fw_started / 1000));
	put32(a + 20, ERRTABLE_BASE);
	put32(a + 24, LOGTABLE_BASE);
	put32(a + 40, SCD_SRAM_BASE);
	put32(a + 52, major);
	put32(a + 56, minor);
	fw_notify(c, UCODE_ALIVE, a, sizeof(a));
	irq_raise(c, INT_ALIVE, 0);
}

void
boot_fire(void *arg)
{
	struct card *c = arg;

	if (c->fw != FW_BOOTING)
		return;
	c->fw = FW_RUNNING;
	memset(sram_at(c, ERRTABLE_BASE, 256), 0, 256);
	c->prph[(SCD_BASE + SCD_SRAM_BASE_ADDR) / 4] = SCD_SRAM_BASE;
	if (c->image == FW_RUNTIME)
		sim_timer_arm(&c->stats, STATS_FIRST_US);
	sim_event(c->dev, "alive", "\"image\":\"%s\"", fw_image_name(c->image));
	send_alive(c);
}
