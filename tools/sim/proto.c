/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proto.c - the requests of a client, one function each. Lengths are checked here, meanings in
 * the device. An errno of a handler goes back as an error reply.
 *
 * Source: QEMU docs/interop/vfio-user.rst, <linux/vfio.h>.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/server.h"

/* A reply under construction: payload at p (SIM_MAX_MSG less the header), descriptors to pass. */
struct reply {
	uint8_t	*p;
	size_t	len;
	int	fds[SIM_TX_FDS];
	unsigned nfds;
};

/* Copies the fixed part of a payload; EINVAL if the message is shorter. */
static int
fixed(const struct sim_msg *m, void *to, size_t len)
{
	if (m->len < len)
		return EINVAL;
	memcpy(to, m->payload, len);
	return 0;
}

static void
answer(struct reply *r, const void *from, size_t len)
{
	memcpy(r->p, from, len);
	r->len = len;
}

static int
do_version(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	int error = sim_version(c, m, r->p, &r->len);

	memcpy(r->fds, c->give, sizeof(r->fds));
	r->nfds = c->ngive;
	return error;
}

static int
do_dma_map(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_dma_map a;
	int error = fixed(m, &a, sizeof(a));

	(void)r;
	if (error != 0)
		return error;
	if (a.argsz < sizeof(a) || m->nfds > 1 ||
	    (a.flags & ~(VFIO_USER_DMA_READABLE | VFIO_USER_DMA_WRITABLE)) != 0)
		return EINVAL;
	error = sim_dma_map(c->dev, a.addr, a.size,
	    ((a.flags & VFIO_USER_DMA_READABLE) != 0 ? SIM_DMA_READ : 0) |
	    ((a.flags & VFIO_USER_DMA_WRITABLE) != 0 ? SIM_DMA_WRITE : 0),
	    m->nfds == 1 ? m->fds[0] : -1, a.offset);
	if (error == 0 && m->nfds == 1)
		m->fds[0] = -1;
	return error;
}

static int
do_dma_unmap(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_dma_unmap a;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0)
		return error;
	if (a.argsz < sizeof(a))
		return EINVAL;
	if ((a.flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) != 0)
		return ENOTSUP;		/* there is no dirty tracking to negotiate */
	if ((a.flags & ~VFIO_DMA_UNMAP_FLAG_ALL) != 0)
		return EINVAL;
	if (a.flags == 0)
		error = sim_dma_unmap(c->dev, a.addr, a.size, &a.size);
	else if (a.addr != 0 || a.size != 0)
		error = EINVAL;
	else
		sim_dma_unmap_all(c->dev, &a.size);
	a.argsz = sizeof(a);
	answer(r, &a, sizeof(a));
	return error;
}

static int
do_device_info(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_device_info a;
	int error = fixed(m, &a, sizeof(a));

	(void)c;
	if (error != 0 || a.argsz < sizeof(a))
		return EINVAL;
	a = (struct vfio_user_device_info){ .argsz = sizeof(a),
	    .flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
	    .num_regions = VFIO_PCI_NUM_REGIONS, .num_irqs = VFIO_PCI_NUM_IRQS };
	answer(r, &a, sizeof(a));
	return 0;
}

/* Appends the capabilities of a region behind the structure at p; returns the whole length. */
static size_t
region_caps(const struct sim_region *g, uint8_t *p)
{
	size_t off = sizeof(struct vfio_region_info);
	struct vfio_info_cap_header *last = NULL;
	struct vfio_region_info_cap_sparse_mmap sparse = {
		.header = { .id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1 },
		.nr_areas = g->nareas };
	struct vfio_info_cap_header msix = { .id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
		.version = 1 };

	if (g->nareas > 0) {
		last = (struct vfio_info_cap_header *)(void *)(p + off);
		memcpy(p + off, &sparse, sizeof(sparse));
		off += sizeof(sparse);
		for (unsigned i = 0; i < g->nareas; i++) {
			struct vfio_region_sparse_mmap_area a = { .offset = g->areas[i].off,
			    .size = g->areas[i].len };

			memcpy(p + off, &a, sizeof(a));
			off += sizeof(a);
		}
	}
	if (g->nareas > 0 && g->msix) {
		last->next = (uint32_t)off;
		memcpy(p + off, &msix, sizeof(msix));
		off += sizeof(msix);
	}
	return off;
}

static int
do_region_info(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_region_info a;
	struct sim_region g;
	size_t full, room;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0 || a.argsz < sizeof(a))
		return EINVAL;
	room = a.argsz;
	error = sim_region_info(c->dev, a.index, &g);
	if (error != 0)
		return error;
	a = (struct vfio_region_info){ .index = a.index, .size = g.size };
	if (g.size > 0)
		a.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	full = region_caps(&g, r->p);
	a.argsz = (uint32_t)full;
	if (g.nareas > 0)
		a.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	/*
	 * No room for the capabilities: the structure alone, argsz says how much to ask for.
	 * Without FLAG_CAPS: QEMU takes the flag with an offset of 0 for a damaged reply.
	 */
	if (full > room) {
		full = sizeof(a);
	} else if (g.nareas > 0) {
		a.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		a.cap_offset = sizeof(a);
		r->fds[0] = g.fd;
		r->nfds = 1;
	}
	memcpy(r->p, &a, sizeof(a));
	r->len = full;
	return 0;
}

static int
do_irq_info(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_irq_info a;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0 || a.argsz < sizeof(a))
		return EINVAL;
	error = sim_irq_info(c->dev, a.index, &a.count, &a.flags);
	a.argsz = sizeof(a);
	answer(r, &a, sizeof(a));
	return error;
}

static int
do_set_irqs(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	const size_t head = offsetof(struct vfio_irq_set, data);
	struct vfio_irq_set a;
	const uint8_t *data = m->payload + head;
	int error;

	(void)r;
	if (m->len < head)
		return EINVAL;
	memset(&a, 0, sizeof(a));
	memcpy(&a, m->payload, head);
	if (a.argsz < head ||
	    ((a.flags & VFIO_IRQ_SET_DATA_BOOL) != 0 && m->len - head < a.count))
		return EINVAL;
	error = sim_irq_set(c->dev, &a, data, m->fds, m->nfds);
	if (error == 0)
		m->nfds = 0;		/* the device's now */
	return error;
}

static int
do_region_read(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_region_rw a;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0 || a.count > SIM_MAX_XFER)
		return EINVAL;
	error = sim_region_access(c->dev, a.region, a.offset, r->p + sizeof(a), a.count, false);
	answer(r, &a, sizeof(a));
	r->len += a.count;
	return error;
}

static int
do_region_write(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_region_rw a;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0 || a.count > SIM_MAX_XFER || m->len - sizeof(a) < a.count)
		return EINVAL;
	error = sim_region_access(c->dev, a.region, a.offset, m->payload + sizeof(a), a.count,
	    true);
	answer(r, &a, sizeof(a));
	return error;
}

static int
do_write_multi(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_write_multi a;
	struct vfio_user_write_one one;
	const uint8_t *p = m->payload + sizeof(a);
	int error = fixed(m, &a, sizeof(a));

	if (!c->write_multi)
		return ENOTSUP;
	if (error != 0 || a.wr_cnt > (m->len - sizeof(a)) / sizeof(one))
		return EINVAL;
	for (uint64_t i = 0; i < a.wr_cnt && error == 0; i++) {
		memcpy(&one, p + i * sizeof(one), sizeof(one));
		if (one.count > sizeof(one.data))
			error = EINVAL;
		else
			error = sim_region_access(c->dev, one.region, one.offset, &one.data,
			    one.count, true);
	}
	answer(r, &a, sizeof(a));
	return error;
}

static int
do_reset(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	(void)m;
	(void)r;
	sim_dev_reset(c->dev, SIM_RESET_DEVICE);
	return 0;
}

/* No sub-region of ours is served by an eventfd of its own. */
static int
do_io_fds(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	struct vfio_user_region_io_fds a;
	struct sim_region g;
	int error = fixed(m, &a, sizeof(a));

	if (error != 0 || a.argsz < sizeof(a) || a.flags != 0)
		return EINVAL;
	error = sim_region_info(c->dev, a.index, &g);
	a.argsz = sizeof(a);
	a.count = 0;
	answer(r, &a, sizeof(a));
	return error;
}

static int (*const handlers[])(struct sim_conn *, struct sim_msg *, struct reply *) = {
	[VFIO_USER_VERSION] = do_version,
	[VFIO_USER_DMA_MAP] = do_dma_map,
	[VFIO_USER_DMA_UNMAP] = do_dma_unmap,
	[VFIO_USER_DEVICE_GET_INFO] = do_device_info,
	[VFIO_USER_DEVICE_GET_REGION_INFO] = do_region_info,
	[VFIO_USER_DEVICE_GET_REGION_IO_FDS] = do_io_fds,
	[VFIO_USER_DEVICE_GET_IRQ_INFO] = do_irq_info,
	[VFIO_USER_DEVICE_SET_IRQS] = do_set_irqs,
	[VFIO_USER_REGION_READ] = do_region_read,
	[VFIO_USER_REGION_WRITE] = do_region_write,
	[VFIO_USER_DEVICE_RESET] = do_reset,
	[VFIO_USER_REGION_WRITE_MULTI] = do_write_multi,
};

static int
dispatch(struct sim_conn *c, struct sim_msg *m, struct reply *r)
{
	const size_t n = sizeof(handlers) / sizeof(handlers[0]);

	/* Nothing before VERSION. */
	if (!c->ready && m->h.cmd != VFIO_USER_VERSION)
		return EINVAL;
	if (m->fds_lost)
		return EINVAL;
	if (m->h.cmd >= n || handlers[m->h.cmd] == NULL)
		return ENOTSUP;
	return handlers[m->h.cmd](c, m, r);
}

/* The header at c->out; `len` bytes of payload behind it are in place. */
static void
send_message(struct sim_conn *c, const struct vfio_user_hdr *h, size_t len, const int *fds,
    unsigned nfds)
{
	sim_dev_stir(c->dev);
	memcpy(c->out, h, sizeof(*h));
	if (sim_tx_send(&c->tx, c->fd, c->out, sizeof(*h) + len, fds, nfds) != 0)
		c->dead = true;
}

/*
 * One kind of nonsense after the other: a foreign id, a size below the header, a size above all
 * bounds, a reply of another command, bytes without a shape.
 */
static void
nonsense(struct sim_conn *c, struct vfio_user_hdr h)
{
	uint8_t junk[48];

	switch (sim_fault_nonsense(c->dev)) {
	case 0:
		h.id ^= 0x5555;
		break;
	case 1:
		h.size = 3;
		break;
	case 2:
		h.size = 0xfffffff0u;
		break;
	case 3:
		h.cmd = VFIO_USER_MIG_DATA_READ;
		h.size = sizeof(h);
		break;
	default:
		memset(junk, 0xa5, sizeof(junk));
		memcpy(&h, junk, sizeof(h));
		break;
	}
	memset(c->out + sizeof(h), 0xa5, 32);
	send_message(c, &h, 32, NULL, 0);
}

void
sim_conn_request(struct sim_conn *c, struct sim_msg *m)
{
	struct reply r = { .p = c->out + sizeof(struct vfio_user_hdr) };
	struct vfio_user_hdr h = { .id = m->h.id, .cmd = m->h.cmd,
	    .flags = VFIO_USER_F_TYPE_REPLY };
	int error;

	/* The reply to VERSION is out, and with it these: ours would hide that they hang up. */
	if (c->tx.head == NULL)
		sim_conn_given(c);
	error = dispatch(c, m, &r);
	if (error != 0) {
		h.flags |= VFIO_USER_F_ERROR;
		h.error = (uint32_t)error;
		r.len = 0;
		r.nfds = 0;
	}
	h.size = (uint32_t)(sizeof(h) + r.len);
	switch (sim_fault_due(c->dev)) {
	case SIM_FAULT_NONSENSE:
		nonsense(c, h);
		break;
	case SIM_FAULT_STALL:
		break;
	case SIM_FAULT_CLOSE:
		c->dead = true;
		break;
	default:
		if ((m->h.flags & VFIO_USER_F_NO_REPLY) == 0)
			send_message(c, &h, r.len, r.fds, r.nfds);
	}
	/* A client that does not speak the protocol gets its error, then the door. */
	if (error != 0 && !c->ready)
		c->dead = true;
	sim_msg_free(m);
}
