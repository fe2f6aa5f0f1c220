/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng.c - see pcapng.h. Blocks are in host byte order, as the format allows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/sim/air/pcapng.h"

#define BLOCK_SHB	0x0a0d0d0au
#define BLOCK_IDB	1u
#define BLOCK_EPB	6u
#define MAGIC		0x1a2b3c4du
#define LINKTYPE_RADIOTAP	127u
#define OPT_END		0u
#define OPT_COMMENT	1u
#define OPT_SHB_USERAPPL	4u
#define OPT_IF_NAME	2u
#define BUFFER		(64u * 1024)

struct pcapng {
	FILE		*f;
	int		error;
	uint32_t	ninterface;
	uint64_t	npacket;
};

static void
raw(struct pcapng *p, const void *data, size_t len)
{
	if (p->error == 0 && fwrite(data, 1, len, p->f) != len)
		p->error = errno != 0 ? errno : EIO;
}

static void
word(struct pcapng *p, uint32_t v)
{
	raw(p, &v, sizeof(v));
}

static size_t
padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static void
pad(struct pcapng *p, size_t len)
{
	raw(p, "\0\0\0", padded(len) - len);
}

static void
option(struct pcapng *p, uint16_t code, const char *text)
{
	uint16_t head[2] = { code, (uint16_t)strlen(text) };

	raw(p, head, sizeof(head));
	raw(p, text, head[1]);
	pad(p, head[1]);
}

/* With the end of options. */
static size_t
option_len(const char *text)
{
	return text == NULL ? 0 : 4 + padded(strlen(text)) + 4;
}

static void
section(struct pcapng *p, const char *program)
{
	uint32_t len = (uint32_t)(28 + option_len(program));
	uint16_t version[2] = { 1, 0 };
	uint64_t unknown = UINT64_MAX;

	word(p, BLOCK_SHB);
	word(p, len);
	word(p, MAGIC);
	raw(p, version, sizeof(version));
	raw(p, &unknown, sizeof(unknown));
	option(p, OPT_SHB_USERAPPL, program);
	word(p, OPT_END);
	word(p, len);
}

int
pcapng_open(const char *path, const char *program, struct pcapng **pp, char *errmsg,
    size_t errlen)
{
	struct pcapng *p = calloc(1, sizeof(*p));
	int fd = -1;

	if (p != NULL)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		p->f = fdopen(fd, "w");
	if (p == NULL || p->f == NULL) {
		int error = errno;

		snprintf(errmsg, errlen, "pcap file %s: %s", path, strerror(error));
		if (fd >= 0)
			close(fd);
		free(p);
		return error;
	}
	setvbuf(p->f, NULL, _IOFBF, BUFFER);
	section(p, program);
	*pp = p;
	return 0;
}

uint32_t
pcapng_interface(struct pcapng *p, const char *name)
{
	uint32_t len = (uint32_t)(20 + option_len(name));

	word(p, BLOCK_IDB);
	word(p, len);
	word(p, LINKTYPE_RADIOTAP);	/* and 16 reserved bits */
	word(p, 0);			/* no snap length */
	option(p, OPT_IF_NAME, name);
	word(p, OPT_END);
	word(p, len);
	return p->ninterface++;
}

void
pcapng_packet(struct pcapng *p, uint32_t interface, uint64_t usec, const void *rt, size_t rtlen,
    const void *frame, size_t len, const char *comment)
{
	uint32_t size = (uint32_t)(rtlen + len);
	uint32_t total = (uint32_t)(32 + padded(size) + option_len(comment));

	word(p, BLOCK_EPB);
	word(p, total);
	word(p, interface);
	word(p, (uint32_t)(usec >> 32));
	word(p, (uint32_t)usec);
	word(p, size);
	word(p, size);
	raw(p, rt, rtlen);
	raw(p, frame, len);
	pad(p, size);
	if (comment != NULL) {
		option(p, OPT_COMMENT, comment);
		word(p, OPT_END);
	}
	word(p, total);
	p->npacket++;
}

void
pcapng_flush(struct pcapng *p)
{
	if (p->error == 0 && fflush(p->f) != 0)
		p->error = errno;
}

uint64_t
pcapng_count(const struct pcapng *p)
{
	return p->npacket;
}

int
pcapng_error(const struct pcapng *p)
{
	return p->error;
}

int
pcapng_close(struct pcapng *p)
{
	int error = p->error;

	if (fclose(p->f) != 0 && error == 0)
		error = errno;
	free(p);
	return error;
}
