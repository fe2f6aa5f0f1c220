/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng.h - writes a capture in the pcapng format, link type 127 (802.11 with radiotap header).
 *
 *	error = pcapng_open("air.pcapng", "voy-air", &p, errmsg, sizeof(errmsg));
 *	id = pcapng_interface(p, "card0");
 *	pcapng_packet(p, id, usec, radiotap, rtlen, frame, len, "lost at ap0");
 *	error = pcapng_close(p);
 *
 * Format: IETF draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.2 (IDB), 4.3 (EPB).
 */
#ifndef TOOLS_SIM_AIR_PCAPNG_H
#define TOOLS_SIM_AIR_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

struct pcapng;

/* Creates or truncates the file, mode 0600 when new. A FIFO is fine. */
int	pcapng_open(const char *path, const char *program, struct pcapng **, char *errmsg,
	    size_t errlen);
/* One per radio, any time. Returns its number. */
uint32_t pcapng_interface(struct pcapng *, const char *name);
/* usec: since 1970. comment may be NULL. */
void	pcapng_packet(struct pcapng *, uint32_t interface, uint64_t usec, const void *rt,
	    size_t rtlen, const void *frame, size_t len, const char *comment);
/* What is buffered goes to the file. */
void	pcapng_flush(struct pcapng *);
uint64_t pcapng_count(const struct pcapng *);
/* 0, or the first error of writing; nothing is written after that. */
int	pcapng_error(const struct pcapng *);
int	pcapng_close(struct pcapng *);

#endif
