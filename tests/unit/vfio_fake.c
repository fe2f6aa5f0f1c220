/* SPDX-License-Identifier: BSD-2-Clause */
/* The misbehaving vfio-user server of vfio_fake.h. */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/vfio_fake_wire.h"

static bool serve(struct fake *f, struct fake_msg *m);

/* ---- the device ---------------------------------------------------------------------- */

/* A command of ours and its answer; commands that come meanwhile are served. */
static bool
dma(struct fake *f, unsigned cmd)
{
	struct vfio_user_hdr h = { .id = f->next_id++, .size = sizeof(h) };
	struct vfio_user_dma_rw rw;
	int sock = f->twin >= 0 ? f->twin : f->sock;
	struct fake_msg m;
	bool on;

	h.cmd = cmd == FAKE_DMA_GET || cmd == FAKE_DMA_FLOOD || cmd == FAKE_DMA_FDS ?
	    VFIO_USER_DMA_READ : VFIO_USER_DMA_WRITE;
	memcpy(&rw.addr, f->bar0 + FAKE_DMA_ADDR, 8);
	memcpy(&rw.count, f->bar0 + FAKE_DMA_LEN, 8);
	h.size += (uint32_t)sizeof(rw);
	if (h.cmd == VFIO_USER_DMA_WRITE)
		h.size += (uint32_t)rw.count;
	if (cmd == FAKE_DMA_BADLEN)
		rw.count += 100;
	do
		on = fake_send(sock, &h, sizeof(h), sizeof(h),
		    cmd == FAKE_DMA_FDS ? f->memfd2 : -1) &&
		    fake_send(sock, &rw, sizeof(rw), sizeof(rw), -1);
	while (on && cmd == FAKE_DMA_FLOOD);
	if (!on || (h.size > 32 && !fake_send(sock, f->buf, h.size - 32, h.size, -1)))
		return false;
	for (;;) {
		if (!fake_read(sock, &m)) {
			fake_free(&m);
			return false;
		}
		if ((m.h.flags & VFIO_USER_F_TYPE_MASK) == VFIO_USER_F_TYPE_REPLY)
			break;
		on = serve(f, &m);
		fake_free(&m);
		if (!on)
			return false;
	}
	memcpy(f->bar0 + FAKE_DMA_ERROR, &m.h.error, 4);
	on = m.h.id == h.id && m.h.cmd == h.cmd;
	if (cmd == FAKE_DMA_GET && m.len == sizeof(rw) + rw.count)
		memcpy(f->buf, m.payload + sizeof(rw), rw.count);
	fake_free(&m);
	return on;
}

static uint8_t *
region(struct fake *f, const struct vfio_user_region_rw *rw)
{
	uint8_t *mem = rw->region == 0 ? f->bar0 : rw->region == 2 ? f->mem2 :
	    rw->region == 4 ? f->mem4 : rw->region == 7 ? f->config : NULL;
	uint64_t size = rw->region == 0 ? 4096 : rw->region == 7 ? 256 : 16384;

	if (rw->region == 1) {		/* a big one behind a small window of memory */
		mem = f->buf;
		size = FAKE_BUF;
	}
	if (mem == NULL || rw->offset > size || rw->count > size - rw->offset)
		return NULL;
	if (rw->count > f->biggest)
		f->biggest = rw->count;
	return mem + rw->offset;
}

static bool
region_read(struct fake *f, struct fake_msg *m)
{
	struct vfio_user_region_rw rw;
	uint8_t *p;

	memcpy(&rw, m->payload, sizeof(rw));
	p = region(f, &rw);
	return fake_answer(f, m, p == NULL ? EINVAL : 0, &rw, sizeof(rw), p, rw.count, -1);
}

static bool
region_write(struct fake *f, struct fake_msg *m)
{
	struct vfio_user_region_rw rw;
	uint32_t cmd = 0;
	uint8_t *p;
	bool on;

	memcpy(&rw, m->payload, sizeof(rw));
	p = region(f, &rw);
	if (p == NULL || m->len != sizeof(rw) + rw.count)
		return fake_answer(f, m, EINVAL, NULL, 0, NULL, 0, -1);
	memcpy(p, m->payload + sizeof(rw), rw.count);
	if (rw.region == 0 && rw.offset == FAKE_DMA_CMD)
		memcpy(&cmd, p, 4);
	if ((cmd == FAKE_DMA_GET || cmd == FAKE_DMA_PUT) && !dma(f, cmd))
		return false;
	on = fake_answer(f, m, 0, &rw, sizeof(rw), NULL, 0, -1);
	return on && cmd > FAKE_DMA_PUT ? dma(f, cmd) : on;
}

static bool
write_multi(struct fake *f, struct fake_msg *m)
{
	struct vfio_user_write_multi wm;

	memcpy(&wm, m->payload, sizeof(wm));
	for (uint64_t i = 0; i < wm.wr_cnt; i++) {
		struct vfio_user_write_one one;
		struct vfio_user_region_rw rw;
		uint8_t *p;

		memcpy(&one, m->payload + sizeof(wm) + i * sizeof(one), sizeof(one));
		rw = (struct vfio_user_region_rw){ one.offset, one.region, one.count };
		p = region(f, &rw);
		if (p != NULL)
			memcpy(p, &one.data, one.count);
	}
	f->multi++;
	return fake_answer(f, m, 0, &wm, sizeof(wm), NULL, 0, -1);
}

static bool
region_info(struct fake *f, struct fake_msg *m)
{
	struct {
		struct vfio_region_info ri;
		struct vfio_info_cap_header cap;
		uint32_t nr_areas, reserved;
		struct vfio_region_sparse_mmap_area areas[2];
	} r = { .ri = { .argsz = sizeof(r.ri) } };
	static const uint64_t sizes[9] = { 4096, FAKE_BUF, 16384, 0, 16384, 0, 0, 256, 0 };
	uint32_t index;

	memcpy(&index, m->payload + 8, 4);
	if (index > 8)
		return fake_answer(f, m, EINVAL, NULL, 0, NULL, 0, -1);
	r.ri.index = index;
	r.ri.size = sizes[index];
	r.ri.flags = r.ri.size ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
	if (index == 4) {
		r.ri.flags |= VFIO_REGION_INFO_FLAG_MMAP;
		r.ri.offset = f->offset4;
		r.ri.size = f->size4;
	}
	if (index != 2)
		return fake_answer(f, m, 0, &r.ri, sizeof(r.ri), NULL, 0,
		    index == 4 ? f->memfd4 : -1);
	r.ri.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	r.ri.argsz = sizeof(r);
	r.ri.cap_offset = sizeof(r.ri);
	r.cap.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	r.cap.version = 1;
	r.nr_areas = 2;
	r.areas[0] = (struct vfio_region_sparse_mmap_area){ 0, 4096 };
	r.areas[1] = (struct vfio_region_sparse_mmap_area){ 8192, 4096 };
	return fake_answer(f, m, 0, &r, sizeof(r), NULL, 0, f->memfd2);
}

static bool
irq_info(struct fake *f, struct fake_msg *m)
{
	static const uint32_t counts[5] = { 1, 4, 8, 1, 1 };
	struct vfio_irq_info ii;

	memcpy(&ii, m->payload, sizeof(ii));
	if (ii.index > 4)
		return fake_answer(f, m, EINVAL, NULL, 0, NULL, 0, -1);
	ii.count = counts[ii.index];
	ii.flags = VFIO_IRQ_INFO_EVENTFD;
	if (ii.index == 0)
		ii.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	if (ii.index == 2)
		ii.flags |= VFIO_IRQ_INFO_NORESIZE;
	return fake_answer(f, m, 0, &ii, sizeof(ii), NULL, 0, -1);
}

static void
drop_irq(struct fake *f, unsigned index, unsigned vector)
{
	if (f->irq_fds[index][vector] >= 0)
		close(f->irq_fds[index][vector]);
	f->irq_fds[index][vector] = -1;
}

static void
set_eventfds(struct fake *f, const struct vfio_irq_set *s, struct fake_msg *m)
{
	for (unsigned i = 0; i < s->count; i++) {
		drop_irq(f, s->index, s->start + i);
		if (m->nfds != 0) {
			f->irq_fds[s->index][s->start + i] = m->fds[i];
			m->fds[i] = -1;
		}
	}
}

static bool
set_irqs(struct fake *f, struct fake_msg *m)
{
	struct vfio_irq_set s;
	uint64_t one = 1;
	int error = 0;

	memcpy(&s, m->payload, sizeof(s));
	if (s.index > 4 || s.start > 8 || s.count > 8 - s.start || m->nfds > f->max_fds ||
	    (m->nfds != 0 && m->nfds != s.count))
		error = EINVAL;
	else if (s.flags == (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER))
		set_eventfds(f, &s, m);
	else if (s.flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK))
		f->unmasked++;
	else if (s.flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK))
		f->masked++;
	else if (s.flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER) &&
	    s.count == 0)
		for (unsigned i = 0; i < 8; i++)
			drop_irq(f, s.index, i);
	else if (s.flags == (VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER))
		error = write(f->irq_fds[s.index][s.start], &one, 8) == 8 ? 0 : errno;
	else if (s.flags != (VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK))
		error = EINVAL;
	return fake_answer(f, m, error, NULL, 0, NULL, 0, -1);
}

static bool
version(struct fake *f, struct fake_msg *m)
{
	struct vfio_user_version v = { f->major, f->minor };
	char text[512];
	int n, sv[2] = { -1, -1 };
	bool on;

	n = snprintf(text, sizeof(text), "{\"capabilities\":{\"max_msg_fds\":%u,"
	    "\"max_data_xfer_size\":65536,\"pgsizes\":4096,\"max_dma_maps\":%u,"
	    "\"write_multiple\":true,\"migration\":{\"pgsize\":4096}%s%s}}", f->max_fds,
	    f->max_dma_maps, f->twin_text ? "," : "", f->twin_text ? f->twin_text : "");
	if (f->version_text != NULL)
		return fake_answer(f, m, 0, &v, sizeof(v), f->version_text,
		    strlen(f->version_text) + (f->version_text[0] == '{'), -1);
	if (f->twin_fd && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == 0)
		f->twin = sv[0];
	on = fake_answer(f, m, 0, &v, sizeof(v), text, (size_t)n + 1, sv[1]);
	if (sv[1] >= 0)
		close(sv[1]);
	return on;
}

static bool
dma_map(struct fake *f, struct fake_msg *m)
{
	memcpy(&f->last_map, m->payload, sizeof(f->last_map));
	f->maps++;
	f->maps_with_fd += m->nfds == 1;
	return fake_answer(f, m, 0, NULL, 0, NULL, 0, -1);
}

static bool
serve(struct fake *f, struct fake_msg *m)
{
	struct vfio_user_device_info di = { 16, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
	    9, 5 };

	if (m->h.cmd < 32)
		f->msgs[m->h.cmd]++;
	switch (m->h.cmd) {
	case VFIO_USER_VERSION:
		return version(f, m);
	case VFIO_USER_DMA_MAP:
		return dma_map(f, m);
	case VFIO_USER_DMA_UNMAP:
		f->unmaps++;
		return fake_answer(f, m, 0, m->payload, m->len, NULL, 0, -1);
	case VFIO_USER_DEVICE_GET_INFO:
		return fake_answer(f, m, 0, &di, sizeof(di), NULL, 0, -1);
	case VFIO_USER_DEVICE_GET_REGION_INFO:
		return region_info(f, m);
	case VFIO_USER_DEVICE_GET_IRQ_INFO:
		return irq_info(f, m);
	case VFIO_USER_DEVICE_SET_IRQS:
		return set_irqs(f, m);
	case VFIO_USER_REGION_READ:
		return region_read(f, m);
	case VFIO_USER_REGION_WRITE:
		return region_write(f, m);
	case VFIO_USER_REGION_WRITE_MULTI:
		return write_multi(f, m);
	case VFIO_USER_DEVICE_RESET:
		f->resets++;
		return fake_answer(f, m, 0, NULL, 0, NULL, 0, -1);
	default:
		return fake_answer(f, m, ENOTSUP, NULL, 0, NULL, 0, -1);
	}
}

static void
client(struct fake *f)
{
	struct fake_msg m;
	bool on = true;

	while (on) {
		on = fake_read(f->sock, &m);
		pthread_mutex_lock(&f->lock);
		if (on)
			on = serve(f, &m);
		pthread_mutex_unlock(&f->lock);
		fake_free(&m);
	}
}

static void *
run(void *arg)
{
	struct fake *f = arg;
	int sock;

	while ((sock = accept4(f->lsock, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_mutex_lock(&f->lock);
		f->sock = sock;
		pthread_mutex_unlock(&f->lock);
		client(f);
		pthread_mutex_lock(&f->lock);
		f->sock = -1;
		if (f->twin >= 0)
			close(f->twin);
		f->twin = -1;
		pthread_mutex_unlock(&f->lock);
		close(sock);
		for (unsigned i = 0; i < 5 * 8; i++)
			drop_irq(f, i / 8, i % 8);
	}
	return NULL;
}

static void
make_config(struct fake *f)
{
	static const uint8_t msix[12] = { 0x11, 0, 7, 0, 0x04, 0x10, 0, 0, 0x04, 0x20, 0, 0 };

	f->config[0] = 0x86;
	f->config[1] = 0x80;
	f->config[2] = 0xb1;
	f->config[3] = 0x08;
	f->config[6] = 0x10;		/* has a capability list */
	f->config[0x34] = 0x40;
	memcpy(f->config + 0x40, msix, sizeof(msix));
}

struct fake *
fake_start(void)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	strcpy(f->dir, "/tmp/vfio-test-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		err(1, "mkdtemp");
	snprintf(f->path, sizeof(f->path), "%s/sock", f->dir);
	snprintf(f->target, sizeof(f->target), "unix:%s", f->path);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", f->path);
	f->sock = f->twin = -1;
	f->minor = 1;
	f->max_fds = 3;
	f->size4 = 16384;
	f->max_dma_maps = 100;
	memset(f->irq_fds, -1, sizeof(f->irq_fds));
	pthread_mutex_init(&f->lock, NULL);
	f->buf = calloc(1, FAKE_BUF);
	f->memfd2 = memfd_create("bar2", MFD_CLOEXEC);
	f->memfd4 = memfd_create("bar4", MFD_CLOEXEC);
	if (ftruncate(f->memfd2, 16384) != 0 || ftruncate(f->memfd4, 16384) != 0)
		err(1, "ftruncate");
	f->mem2 = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, f->memfd2, 0);
	f->mem4 = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, f->memfd4, 0);
	make_config(f);
	f->lsock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(f->lsock, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(f->lsock, 4) != 0)
		err(1, "%s", f->path);
	if (pthread_create(&f->thread, NULL, run, f) != 0)
		errx(1, "pthread_create");
	return f;
}

void
fake_stop(struct fake *f)
{
	shutdown(f->lsock, SHUT_RDWR);
	pthread_mutex_lock(&f->lock);
	if (f->sock >= 0)
		shutdown(f->sock, SHUT_RDWR);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	close(f->lsock);
	munmap(f->mem2, 16384);
	munmap(f->mem4, 16384);
	close(f->memfd2);
	close(f->memfd4);
	free(f->buf);
	unlink(f->path);
	rmdir(f->dir);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

const char *
fake_target(const struct fake *f)
{
	return f->target;
}

void
fake_misbehave(struct fake *f, int cmd, int nth, enum fake_how how)
{
	pthread_mutex_lock(&f->lock);
	f->on_cmd = cmd;
	f->on_nth = nth;
	f->how = how;
	pthread_mutex_unlock(&f->lock);
}

unsigned
fake_get(struct fake *f, const unsigned *figure)
{
	unsigned n;

	pthread_mutex_lock(&f->lock);
	n = *figure;
	pthread_mutex_unlock(&f->lock);
	return n;
}

bool
fake_fire(struct fake *f, unsigned index, unsigned vector)
{
	uint64_t one = 1;
	bool good;

	pthread_mutex_lock(&f->lock);
	good = write(f->irq_fds[index][vector], &one, 8) == 8;
	pthread_mutex_unlock(&f->lock);
	return good;
}
