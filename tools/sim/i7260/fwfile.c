/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwfile.c - reads a .ucode file for the check of what a driver uploads.
 *
 *	0	0, "IWL\n" magic, 64 bytes of text, version, build, 8 bytes ignored
 *	88	type, length, value padded to 4 bytes; ...
 *
 * A section's value begins with its device address. 0xffffcccc and 0xaaaabbbb are separators.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/i7260/card.h"

#define MAGIC		0x0a4c5749u
#define HEADER_LEN	88
#define FILE_MAX	(16u << 20)
#define TLV_SEC_RT	19
#define TLV_SEC_INIT	20
#define TLV_SEC_WOWLAN	21
#define TLV_NUM_OF_CPU	27
#define TLV_SEC_USNIFFER 34
#define TLV_FW_VERSION	36

static struct fwfile *
bad(struct fwfile *f, const char *path, const char *why, size_t at)
{
	fprintf(stderr, "i7260: firmware: %s: %s at byte %zu of %zu; give the setting firmware= a "
	    "whole .ucode file\n", path, why, at, f->size);
	fwfile_close(f);
	return NULL;
}

static int
slurp(const char *path, struct fwfile *f)
{
	FILE *fp = fopen(path, "rb");
	int error = 0;

	if (fp == NULL)
		return errno;
	f->bytes = malloc(FILE_MAX);
	if (f->bytes == NULL)
		error = ENOMEM;
	else if ((f->size = fread(f->bytes, 1, FILE_MAX, fp)) == 0)
		error = ferror(fp) ? errno : ENODATA;
	fclose(fp);
	return error;
}

static enum fw_image
image_of(uint32_t type)
{
	switch (type) {
	case TLV_SEC_RT:
		return FW_RUNTIME;
	case TLV_SEC_INIT:
		return FW_INIT;
	case TLV_SEC_WOWLAN:
		return FW_WOWLAN;
	case TLV_SEC_USNIFFER:
		return FW_USNIFFER;
	default:
		return FW_NONE;
	}
}

static const char *
take(struct fwfile *f, uint32_t type, const uint8_t *v, uint32_t len)
{
	enum fw_image img = image_of(type);

	if (type == TLV_NUM_OF_CPU && len == 4) {
		f->ncpus = get32(v);
	} else if (type == TLV_FW_VERSION && len == 12) {
		f->major = get32(v);
		f->minor = get32(v + 4);
	} else if (img != FW_NONE) {
		struct fwsec *s;

		if (len < 5)
			return "a section without data";
		if (f->image[img].n == FWFILE_NSECS)
			return "too many sections";
		s = &f->image[img].sec[f->image[img].n++];
		s->addr = get32(v);
		s->data = v + 4;
		s->len = len - 4;
	}
	return NULL;
}

struct fwfile *
fwfile_open(const char *path)
{
	struct fwfile *f = calloc(1, sizeof(*f));
	const char *why;
	size_t at;
	int error;

	if (f == NULL)
		return NULL;
	if ((error = slurp(path, f)) != 0) {
		fprintf(stderr, "i7260: firmware: %s: %s\n", path, strerror(error));
		fwfile_close(f);
		return NULL;
	}
	if (f->size < HEADER_LEN || get32(f->bytes) != 0 || get32(f->bytes + 4) != MAGIC)
		return bad(f, path, "no firmware header", 0);
	f->ncpus = 1;
	f->major = get32(f->bytes + 72);
	f->minor = get32(f->bytes + 76);
	for (at = HEADER_LEN; at < f->size; ) {
		uint32_t len;

		if (f->size - at < 8)
			return bad(f, path, "truncated", at);
		len = get32(f->bytes + at + 4);
		if (len > f->size - at - 8)
			return bad(f, path, "a value longer than the file", at);
		if ((why = take(f, get32(f->bytes + at), f->bytes + at + 8, len)) != NULL)
			return bad(f, path, why, at);
		at += 8 + (((size_t)len + 3) & ~(size_t)3);
	}
	if (f->image[FW_INIT].n == 0 || f->image[FW_RUNTIME].n == 0)
		return bad(f, path, "no INIT and RUNTIME images", f->size);
	return f;
}

void
fwfile_close(struct fwfile *f)
{
	if (f == NULL)
		return;
	free(f->bytes);
	free(f);
}
