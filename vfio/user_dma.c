/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA by message: a vfio-user server that cannot or may not mmap our memory reads and writes
 * it with commands.  Every one is checked against the live maps; a bad one is answered with
 * EFAULT and reported, as an IOMMU would; unless whoever opened the device answers them all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/user.h"

/* Answer with error, or with len bytes of payload. */
static int
answer(struct user_chan *ch, const struct vfio_user_hdr *h, int error, const void *payload,
    size_t len)
{
	struct vfio_user_hdr r = {
		.id = h->id, .cmd = h->cmd, .flags = VFIO_USER_F_TYPE_REPLY,
	};
	struct user_part parts[2] = { { &r, sizeof(r) }, { payload, error != 0 ? 0 : len } };

	if (h->flags & VFIO_USER_F_NO_REPLY)
		return 0;
	if (error != 0) {
		r.flags |= VFIO_USER_F_ERROR;
		r.error = (uint32_t)error;
	}
	r.size = (uint32_t)(sizeof(r) + parts[1].len);
	return user_send(ch, parts, parts[1].len != 0 ? 2 : 1, NULL, 0);
}

static int
copy(struct user *u, const struct vfio_user_dma_rw *rw, void *buf, bool to_mem)
{
	struct vfio_dev *dev = u->dev;
	int error = EFAULT;

	if (dev == NULL)
		return error;
	if (dev->opts.dma_access != NULL)
		return dev->opts.dma_access(dev->opts.dma_access_arg, rw->addr, buf, rw->count,
		    to_mem);
	error = vfio_dma_copy(dev, rw->addr, buf, rw->count, to_mem);
	if (error != 0 && dev->opts.dma_fault != NULL)
		dev->opts.dma_fault(dev->opts.dma_fault_arg, rw->addr, rw->count, to_mem);
	return error;
}

static int
serve_read(struct user *u, struct user_chan *ch, const struct vfio_user_hdr *h,
    const struct vfio_user_dma_rw *rw)
{
	uint8_t *buf;
	int error;

	if (rw->count > USER_MAX_XFER)
		return answer(ch, h, EINVAL, NULL, 0);
	buf = malloc(sizeof(*rw) + rw->count);
	if (buf == NULL)
		return answer(ch, h, ENOMEM, NULL, 0);
	memcpy(buf, rw, sizeof(*rw));
	error = copy(u, rw, buf + sizeof(*rw), false);
	error = answer(ch, h, error, buf, sizeof(*rw) + rw->count);
	free(buf);
	return error;
}

int
user_serve(struct user *u, struct user_chan *ch, const struct vfio_user_hdr *h,
    const uint8_t *payload, size_t len, char why[static 256])
{
	struct vfio_user_dma_rw rw;
	int error;

	if (h->cmd != VFIO_USER_DMA_READ && h->cmd != VFIO_USER_DMA_WRITE) {
		error = answer(ch, h, ENOTSUP, NULL, 0);
	} else {
		error = user_parse_dma(h->cmd, payload, len, &rw, why);
		if (error != 0)
			return error;
		if (h->cmd == VFIO_USER_DMA_READ)
			error = serve_read(u, ch, h, &rw);
		else
			error = answer(ch, h, copy(u, &rw,
			    (void *)(uintptr_t)(payload + sizeof(rw)), true), &rw, sizeof(rw));
	}
	if (error == ENOBUFS) {
		snprintf(why, 256, "it asks for DMA but does not take the answers");
		return EPROTO;
	}
	if (error != 0)
		snprintf(why, 256, "answering %s: %s", user_cmd_name(h->cmd), strerror(error));
	/* A server that closes does so visibly at the next read, with what it said before. */
	return error == EPIPE || error == ECONNRESET ? 0 : error;
}
