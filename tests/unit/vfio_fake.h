/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vfio-user server in a thread of the test, which can be told to misbehave.
 *
 *	struct fake *f = fake_start();
 *	fake_misbehave(f, VFIO_USER_DEVICE_RESET, 1, FAKE_STALL);
 *	vfio_open(fake_target(f), ...);
 *	fake_stop(f);
 *
 * Its device: BAR0 4 KiB of plain memory by messages, with a DMA engine; BAR2 four pages of a
 * file of which pages 0 and 2 may be mapped; BAR4 four pages of a file, all mappable, with an
 * MSI-X table of 8 vectors in page 1; config space; 1 INTx, 4 MSI and 8 MSI-X vectors.
 */
#ifndef TESTS_UNIT_VFIO_FAKE_H
#define TESTS_UNIT_VFIO_FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "vfio/vfio_user.h"

/* The DMA engine in BAR0: address, length, then a write of a command. */
#define FAKE_DMA_ADDR	0x18	/* 8 bytes */
#define FAKE_DMA_LEN	0x20	/* 8 bytes */
#define FAKE_DMA_CMD	0x28	/* 4 bytes, of: */
#define FAKE_DMA_GET	1	/* DMA_READ into the buffer, then answer the register write */
#define FAKE_DMA_PUT	2	/* DMA_WRITE from the buffer, then answer the register write */
#define FAKE_DMA_LATER	3	/* answer the register write, then DMA_WRITE */
#define FAKE_DMA_FLOOD	4	/* answer, then DMA_READ for ever without reading an answer */
#define FAKE_DMA_BADLEN	5	/* answer, then a DMA_WRITE with less data than it says */
#define FAKE_DMA_FDS	6	/* answer, then a DMA_READ with a descriptor */
#define FAKE_DMA_ERROR	0x2c	/* 4 bytes: errno of the last DMA */

enum fake_how {
	FAKE_OK,
	FAKE_CLOSE,		/* instead of answering */
	FAKE_HALF_CLOSE,	/* after half of the answer */
	FAKE_STALL,
	FAKE_WRONG_ID,
	FAKE_WRONG_CMD,
	FAKE_TWICE,		/* the answer, two times */
	FAKE_OVERSIZE,		/* a header that claims 2 GiB */
	FAKE_UNDERSIZE,		/* a header that claims 8 bytes */
	FAKE_BAD_TYPE,
	FAKE_EXTRA_FD,
	FAKE_SHORT,		/* one byte of payload too few */
	FAKE_LONG,		/* 8 KiB of payload too many */
	FAKE_BARE,		/* the header alone, without error */
	FAKE_OTHER_FIELDS,	/* every payload byte inverted */
	FAKE_ERROR,		/* an error reply, ENXIO */
	FAKE_ERROR_0,		/* an error reply without errno */
	FAKE_ERROR_FD,		/* an error reply, EBUSY, with a descriptor */
	FAKE_GARBAGE,		/* random bytes */
	FAKE_PIECES,		/* correct, but byte by byte */
	FAKE_SPLIT,		/* correct, header and payload sent apart */
};

#define FAKE_BUF	(4 << 20)

struct fake {
	char dir[64], path[128], target[140];
	int lsock, sock, memfd2, memfd4;
	pthread_t thread;
	pthread_mutex_t lock;		/* all below */
	int on_cmd, on_nth;		/* misbehave at the nth message of this command */
	enum fake_how how;
	uint8_t bar0[4096], config[256];
	uint8_t *mem2, *mem4;		/* 4 pages each */
	uint64_t offset4, size4;	/* where in its file region 4 begins, and its size: as said */
	uint8_t *buf;			/* of the DMA engine */
	const char *version_text;	/* NULL: a good one */
	uint16_t major, minor;
	uint32_t max_fds, max_dma_maps;
	const char *twin_text;		/* capability twin_socket of the VERSION reply */
	bool twin_fd;			/* send one along, and DMA requests over it */
	int twin;			/* our end, or -1 */
	int irq_fds[5][8];
	unsigned unmasked, masked, resets, maps, maps_with_fd, unmaps, multi, msgs[32];
	uint32_t biggest;		/* count of region reads and writes */
	uint16_t next_id;
	struct vfio_user_dma_map last_map;
};

struct fake *fake_start(void);		/* listening, accepting one client after another */
void	fake_stop(struct fake *f);
const char *fake_target(const struct fake *f);
/* At the nth (from 1) message with this command, once. */
void	fake_misbehave(struct fake *f, int cmd, int nth, enum fake_how how);
/* The figures above while the server runs. */
unsigned fake_get(struct fake *f, const unsigned *figure);
/* Write to the eventfd of a vector; false if it has none. */
bool	fake_fire(struct fake *f, unsigned index, unsigned vector);

#endif
