/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of air_clock.h as it arrives, for the two that get one: a host (harness/clock_follow.c)
 * and a radio (tools/sim/air).  Like that header a part of the wire format, and no code to link
 * with.  To be included with _GNU_SOURCE.
 */
#ifndef VFIO_AIR_PAGE_H
#define VFIO_AIR_PAGE_H

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfio/air_clock.h"

/*
 * Map the page behind a descriptor, which stays the caller's; NULL: it is none.  Only a sealed one
 * is: a hub that cut another off would kill who reads it by SIGBUS.  The caller may munmap()
 * AIR_PAGE_SIZE bytes.
 */
static inline const struct air_page *
air_page_map(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	const struct air_page *p;
	struct stat st;
	void *va;

	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || fstat(fd, &st) != 0 ||
	    st.st_size < (off_t)AIR_PAGE_SIZE)
		return NULL;
	va = mmap(NULL, AIR_PAGE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (va == MAP_FAILED)
		return NULL;
	p = va;
	if (p->magic == AIR_PAGE_MAGIC && p->version == AIR_PAGE_VERSION)
		return p;
	munmap(va, AIR_PAGE_SIZE);
	return NULL;
}

/* The one descriptor that came with a message, the caller's to close; -1: none did. */
static inline int
air_page_fd(struct msghdr *mh)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(mh);
	int fd;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

#endif /* VFIO_AIR_PAGE_H */
