/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vfio-user wire format, version 0.0 .. 0.1: what goes over the socket and nothing else.
 * Shared by the client (vfio/user_*.c) and the simulated cards (tools/sim).
 *
 * Source: QEMU, docs/interop/vfio-user.rst; the payloads of GET_REGION_INFO, GET_IRQ_INFO and
 * SET_IRQS are those of <linux/vfio.h> (struct vfio_region_info with its capability chain,
 * struct vfio_irq_info, struct vfio_irq_set).
 *
 * A message is one header, then a payload that depends on the command, everything in the
 * byte order of the host, and file descriptors as SCM_RIGHTS beside its first byte:
 *
 *	struct { struct vfio_user_hdr h; struct vfio_user_region_rw rw; } m = {
 *		.h = { .id = 7, .cmd = VFIO_USER_REGION_READ, .size = sizeof(m) },
 *		.rw = { .offset = 0x28, .region = VFIO_PCI_BAR0_REGION_INDEX, .count = 4 },
 *	};
 *	write(sock, &m, sizeof(m));
 *
 * The reply echoes id and cmd, has VFIO_USER_F_TYPE_REPLY, and for this command the same
 * vfio_user_region_rw followed by count bytes of data.  An error reply is a bare header with
 * VFIO_USER_F_ERROR and an errno in .error (which may be 0).
 */
#ifndef VFIO_VFIO_USER_H
#define VFIO_VFIO_USER_H

#include <stdint.h>
#include <linux/vfio.h>

#define VFIO_USER_MAJOR			0
#define VFIO_USER_MINOR			1

/* Values that hold when the peer's capabilities do not say otherwise. */
#define VFIO_USER_DEFAULT_MSG_FDS	1
#define VFIO_USER_DEFAULT_DATA_XFER	1048576
#define VFIO_USER_DEFAULT_DMA_MAPS	65535
#define VFIO_USER_DEFAULT_PGSIZES	4096

/* More file descriptors than this Linux does not carry in one message (SCM_MAX_FD). */
#define VFIO_USER_LIMIT_MSG_FDS		253

/* Names in the JSON text of a VERSION message: { "capabilities": { NAME: VALUE, ... } }. */
#define VFIO_USER_CAP			"capabilities"
#define VFIO_USER_CAP_MAX_MSG_FDS	"max_msg_fds"		/* number */
#define VFIO_USER_CAP_MAX_DATA_XFER	"max_data_xfer_size"	/* number */
#define VFIO_USER_CAP_MAX_DMA_MAPS	"max_dma_maps"		/* number */
#define VFIO_USER_CAP_PGSIZES		"pgsizes"		/* number, sizes or'ed */
#define VFIO_USER_CAP_WRITE_MULTIPLE	"write_multiple"	/* boolean */
#define VFIO_USER_CAP_TWIN_SOCKET	"twin_socket"		/* object */
#define VFIO_USER_CAP_TWIN_SUPPORTED	"supported"		/* boolean, in twin_socket */
#define VFIO_USER_CAP_TWIN_FD_INDEX	"fd_index"		/* number, in twin_socket */

enum vfio_user_cmd {				/* sent by the client unless noted */
	VFIO_USER_VERSION = 1,
	VFIO_USER_DMA_MAP = 2,
	VFIO_USER_DMA_UNMAP = 3,
	VFIO_USER_DEVICE_GET_INFO = 4,
	VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	VFIO_USER_DEVICE_SET_IRQS = 8,
	VFIO_USER_REGION_READ = 9,
	VFIO_USER_REGION_WRITE = 10,
	VFIO_USER_DMA_READ = 11,		/* server to client */
	VFIO_USER_DMA_WRITE = 12,		/* server to client */
	VFIO_USER_DEVICE_RESET = 13,		/* no payload in either direction */
	VFIO_USER_REGION_WRITE_MULTI = 15,
	VFIO_USER_DEVICE_FEATURE = 16,		/* migration; answer with ENOTSUP */
	VFIO_USER_MIG_DATA_READ = 17,
	VFIO_USER_MIG_DATA_WRITE = 18,
};

/* .flags of the header */
#define VFIO_USER_F_TYPE_MASK		0x0fu
#define VFIO_USER_F_TYPE_COMMAND	0x00u
#define VFIO_USER_F_TYPE_REPLY		0x01u
#define VFIO_USER_F_NO_REPLY		0x10u	/* in a command */
#define VFIO_USER_F_ERROR		0x20u	/* in a reply: .error is valid, no payload */

struct vfio_user_hdr {
	uint16_t id;			/* chosen by the sender of the command */
	uint16_t cmd;			/* enum vfio_user_cmd */
	uint32_t size;			/* of the whole message, this header included */
	uint32_t flags;
	uint32_t error;			/* errno; 0 in a command */
};

/* VERSION, both ways; then the JSON text with its NUL, optional. */
struct vfio_user_version {
	uint16_t major, minor;
};

/* .flags of DMA_MAP */
#define VFIO_USER_DMA_READABLE		0x1u	/* the device may read it */
#define VFIO_USER_DMA_WRITABLE		0x2u

/*
 * DMA_MAP, with one file descriptor if the server may mmap the range at .offset of it; the
 * reply has no payload.  Mapping over a live range fails with EEXIST.
 */
struct vfio_user_dma_map {
	uint32_t argsz, flags;
	uint64_t offset, addr, size;
};

/* DMA_UNMAP; the reply repeats it.  addr and size are exactly those of one DMA_MAP. */
struct vfio_user_dma_unmap {
	uint32_t argsz, flags;
	uint64_t addr, size;
};

/* DEVICE_GET_INFO, both ways; .flags are VFIO_DEVICE_FLAGS_* of <linux/vfio.h>. */
struct vfio_user_device_info {
	uint32_t argsz, flags, num_regions, num_irqs;
};

/*
 * DEVICE_GET_REGION_INFO is struct vfio_region_info both ways; capabilities follow it in the
 * reply at .cap_offset (counted from the start of that structure), and the descriptor to
 * mmap comes along when .flags has VFIO_REGION_INFO_FLAG_MMAP.  If .argsz of the reply is
 * above .argsz of the request, the capabilities did not fit: ask again with a bigger one.
 * DEVICE_GET_IRQ_INFO is struct vfio_irq_info both ways.
 * DEVICE_SET_IRQS is struct vfio_irq_set; with DATA_BOOL .count bytes follow, with
 * DATA_EVENTFD .count descriptors (or none, which takes the old ones away) come along and
 * no data follows; the reply has no payload.
 */

/* DEVICE_GET_REGION_IO_FDS, both ways; .count of the sub-regions below follow in the reply. */
struct vfio_user_region_io_fds {
	uint32_t argsz, flags, index, count;
};

#define VFIO_USER_IO_FD_IOEVENTFD	0u
#define VFIO_USER_IO_FD_IOREGIONFD	1u

struct vfio_user_io_fd {
	uint64_t offset, size;
	uint32_t fd_index, type, flags, pad;
	uint64_t data;			/* datamatch (ioeventfd) or user_data (ioregionfd) */
};

/*
 * REGION_READ: the reply repeats it and .count bytes follow.
 * REGION_WRITE: .count bytes follow in the request, the reply repeats the structure alone.
 * .count is at most max_data_xfer_size of the peer.
 */
struct vfio_user_region_rw {
	uint64_t offset;
	uint32_t region, count;
};

/*
 * DMA_READ and DMA_WRITE, likewise, but from the server to the client.  The document draws
 * the .count in the reply to DMA_WRITE with 4 bytes; QEMU and libvfio-user both use 8.
 */
struct vfio_user_dma_rw {
	uint64_t addr, count;
};

/* REGION_WRITE_MULTI: .wr_cnt of the entries follow; the reply is the structure alone. */
struct vfio_user_write_multi {
	uint64_t wr_cnt;
};

struct vfio_user_write_one {
	uint64_t offset;
	uint32_t region, count;		/* count <= 8 */
	uint64_t data;			/* its first count bytes in memory order */
};

_Static_assert(sizeof(struct vfio_user_hdr) == 16, "vfio-user header");
_Static_assert(sizeof(struct vfio_user_version) == 4, "VERSION");
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "DMA_MAP");
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "DMA_UNMAP");
_Static_assert(sizeof(struct vfio_user_device_info) == 16, "DEVICE_GET_INFO");
_Static_assert(sizeof(struct vfio_region_info) == 32, "DEVICE_GET_REGION_INFO");
_Static_assert(sizeof(struct vfio_irq_info) == 16, "DEVICE_GET_IRQ_INFO");
_Static_assert(sizeof(struct vfio_irq_set) == 20, "DEVICE_SET_IRQS");
_Static_assert(sizeof(struct vfio_user_region_io_fds) == 16, "REGION_IO_FDS");
_Static_assert(sizeof(struct vfio_user_io_fd) == 40, "REGION_IO_FDS sub-region");
_Static_assert(sizeof(struct vfio_user_region_rw) == 16, "REGION_READ");
_Static_assert(sizeof(struct vfio_user_dma_rw) == 16, "DMA_READ");
_Static_assert(sizeof(struct vfio_user_write_one) == 24, "WRITE_MULTI");

#endif /* VFIO_VFIO_USER_H */
