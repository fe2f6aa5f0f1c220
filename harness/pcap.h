/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap.h - the capture file of --pcap: frames of both directions as pcapng, which Wireshark
 * opens.  A thread of its own writes it; a frame waits for the disk rather than get lost.
 */
#ifndef HARNESS_PCAP_H
#define HARNESS_PCAP_H

#include <stddef.h>

/*
 * Create the file; nothing if path is NULL.  `unit` names the interface in it and is borrowed
 * for the call.  Before the device is opened.  An errno; why gets the text.
 */
int	pcap_open(const char *path, const char *unit, char *why, size_t size);
/* Write the rest and close.  A failure has been reported by life_fail(). */
void	pcap_close(void);
/* The same from a dying process, with a short limit. */
void	pcap_fatal(void);

#endif /* HARNESS_PCAP_H */
