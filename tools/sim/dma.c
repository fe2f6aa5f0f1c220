/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dma.c - the client's DMA ranges and the card's access to them.
 *
 * Ranges are kept in a treap in order of address: a guest with a virtual IOMMU maps page by page,
 * tens of thousands of them. All those pages come with a descriptor of the same few files, so
 * descriptors are told apart by inode, held once per file, and each file is mapped once, as
 * a whole, when the card first touches it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/sim/dev_int.h"

/* A file of the client's memory. */
struct sim_dma_backing {
	struct sim_dma_backing	*next;
	dev_t			st_dev;
	ino_t			st_ino;
	int			fd;
	bool			writable;
	unsigned		refs;
	uint8_t			*va;		/* NULL until used */
	size_t			len;		/* of the mapping */
};

struct sim_dma_node {
	struct sim_dma_node	*left, *right;
	uint64_t		prio, iova, len, off;
	unsigned		prot;
	struct sim_dma_backing	*backing;	/* NULL: by message */
};

/* ---- the treap ------------------------------------------------------------------------- */

static uint64_t
next_random(struct sim_dev *dev)
{
	dev->rng ^= dev->rng << 13;
	dev->rng ^= dev->rng >> 7;
	dev->rng ^= dev->rng << 17;
	return dev->rng;
}

/* Cuts t into addresses below key and the rest. */
static void
split(struct sim_dma_node *t, uint64_t key, struct sim_dma_node **l, struct sim_dma_node **r)
{
	if (t == NULL) {
		*l = *r = NULL;
	} else if (t->iova < key) {
		split(t->right, key, &t->right, r);
		*l = t;
	} else {
		split(t->left, key, l, &t->left);
		*r = t;
	}
}

static struct sim_dma_node *
merge(struct sim_dma_node *l, struct sim_dma_node *r)
{
	if (l == NULL || r == NULL)
		return l != NULL ? l : r;
	if (l->prio > r->prio) {
		l->right = merge(l->right, r);
		return l;
	}
	r->left = merge(l, r->left);
	return r;
}

/* The range with the highest start that is not above iova. */
static struct sim_dma_node *
at_or_below(const struct sim_dev *dev, uint64_t iova)
{
	struct sim_dma_node *n = dev->dma, *best = NULL;

	while (n != NULL) {
		if (n->iova <= iova) {
			best = n;
			n = n->right;
		} else
			n = n->left;
	}
	return best;
}

/* The range that holds iova, or NULL. */
static struct sim_dma_node *
find(const struct sim_dev *dev, uint64_t iova)
{
	struct sim_dma_node *n = at_or_below(dev, iova);

	return n != NULL && iova - n->iova < n->len ? n : NULL;
}

/* ---- backing files --------------------------------------------------------------------- */

static void
backing_drop(struct sim_dev *dev, struct sim_dma_backing *b)
{
	struct sim_dma_backing **bp;

	if (b == NULL || --b->refs > 0)
		return;
	for (bp = &dev->backings; *bp != b; bp = &(*bp)->next)
		;
	*bp = b->next;
	if (b->va != NULL)
		munmap(b->va, b->len);
	close(b->fd);
	free(b);
}

/* Takes fd over on success: holds it, or closes it when the file is known already. */
static int
backing_get(struct sim_dev *dev, int fd, struct sim_dma_backing **out)
{
	int mode = fcntl(fd, F_GETFL);
	bool writable = (mode & O_ACCMODE) == O_RDWR;
	struct sim_dma_backing *b;
	struct stat st;

	if (mode < 0 || fstat(fd, &st) != 0)
		return errno;
	for (b = dev->backings; b != NULL; b = b->next) {
		if (b->st_dev == st.st_dev && b->st_ino == st.st_ino && b->writable == writable) {
			b->refs++;
			close(fd);
			*out = b;
			return 0;
		}
	}
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return ENOMEM;
	*b = (struct sim_dma_backing){ .next = dev->backings, .st_dev = st.st_dev,
	    .st_ino = st.st_ino, .fd = fd, .writable = writable, .refs = 1 };
	dev->backings = b;
	*out = b;
	return 0;
}

/*
 * The bytes [off, off+len) of the file, or NULL if it cannot be mapped or is shorter. The size is
 * asked for each time: the client can shrink its file, and touching what is gone would be
 * a SIGBUS for us.
 */
static uint8_t *
backing_bytes(struct sim_dma_backing *b, uint64_t off, size_t len)
{
	int prot = PROT_READ | (b->writable ? PROT_WRITE : 0);
	struct stat st;
	void *va;

	if (fstat(b->fd, &st) != 0 || off + len < off || off + len > (uint64_t)st.st_size)
		return NULL;
	if (b->va == NULL || off + len > b->len) {
		if (b->va != NULL)
			munmap(b->va, b->len);
		b->va = NULL;
		va = mmap(NULL, (size_t)st.st_size, prot, MAP_SHARED, b->fd, 0);
		if (va == MAP_FAILED)
			return NULL;
		b->va = va;
		b->len = (size_t)st.st_size;
	}
	return b->va + off;
}

/* ---- map and unmap --------------------------------------------------------------------- */

int
sim_dma_map(struct sim_dev *dev, uint64_t iova, uint64_t len, unsigned prot, int fd,
    uint64_t off)
{
	struct sim_dma_node *n, *l, *r;
	int error = 0;

	if (len == 0 || iova + (len - 1) < iova || off + len < off)
		return EINVAL;
	if (dev->ndma >= SIM_DMA_MAX_MAPS)
		return ENOSPC;
	n = at_or_below(dev, iova + (len - 1));
	if (n != NULL && n->iova + (n->len - 1) >= iova)
		return EEXIST;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return ENOMEM;
	n->prio = next_random(dev);
	n->iova = iova;
	n->len = len;
	n->off = off;
	n->prot = prot;
	if (fd >= 0 && dev->fault.nommap)
		close(fd);
	else if (fd >= 0)
		error = backing_get(dev, fd, &n->backing);
	if (error != 0) {
		free(n);
		return error;
	}
	split(dev->dma, iova, &l, &r);
	dev->dma = merge(merge(l, n), r);
	dev->ndma++;
	return 0;
}

static uint64_t
free_nodes(struct sim_dev *dev, struct sim_dma_node *t)
{
	uint64_t bytes;

	if (t == NULL)
		return 0;
	bytes = t->len + free_nodes(dev, t->left) + free_nodes(dev, t->right);
	backing_drop(dev, t->backing);
	dev->ndma--;
	free(t);
	return bytes;
}

int
sim_dma_unmap(struct sim_dev *dev, uint64_t iova, uint64_t len, uint64_t *unmapped)
{
	struct sim_dma_node *l, *m, *r = NULL, *n;
	uint64_t last = iova + (len - 1), bytes;

	if (len == 0 || last < iova)
		return EINVAL;
	n = find(dev, iova);
	if (n != NULL && n->iova != iova)
		return EINVAL;
	n = find(dev, last);
	if (n != NULL && n->iova + (n->len - 1) != last)
		return EINVAL;
	split(dev->dma, iova, &l, &m);
	if (last != UINT64_MAX)
		split(m, last + 1, &m, &r);
	bytes = free_nodes(dev, m);
	dev->dma = merge(l, r);
	if (unmapped != NULL)
		*unmapped = bytes;
	return 0;
}

void
sim_dma_unmap_all(struct sim_dev *dev, uint64_t *unmapped)
{
	uint64_t bytes = free_nodes(dev, dev->dma);

	dev->dma = NULL;
	if (unmapped != NULL)
		*unmapped = bytes;
}

size_t
sim_dma_count(struct sim_dev *dev)
{
	return dev->ndma;
}

/* ---- transfers ------------------------------------------------------------------------- */

/* How many bytes from iova on, at most len, are mapped for prot without a gap. */
static size_t
covered(const struct sim_dev *dev, uint64_t iova, size_t len, unsigned prot)
{
	size_t done = 0;

	while (done < len) {
		struct sim_dma_node *n = find(dev, iova + done);
		uint64_t left;

		if (n == NULL || (n->prot & prot) == 0)
			break;
		left = n->len - (iova + done - n->iova);
		done += left < len - done ? (size_t)left : len - done;
		if (iova + done == 0)
			break;
	}
	return done;
}

bool
sim_dma_mapped(struct sim_dev *dev, uint64_t iova, size_t len, bool write)
{
	unsigned prot = write ? SIM_DMA_WRITE : SIM_DMA_READ;

	return iova + len >= iova && covered(dev, iova, len, prot) == len;
}

static int
one_range(struct sim_dev *dev, const struct sim_dma_node *n, uint64_t in, uint8_t *buf,
    size_t len, bool write)
{
	uint8_t *p = NULL;

	if (n->backing != NULL && (!write || n->backing->writable))
		p = backing_bytes(n->backing, n->off + in, len);
	if (p != NULL && write)
		memcpy(p, buf, len);
	else if (p != NULL)
		memcpy(buf, p, len);
	if (p != NULL)
		return 0;
	if (dev->ops == NULL || dev->ops->dma_message == NULL)
		return EIO;
	dev->ndmamsg++;
	return dev->ops->dma_message(dev->arg, n->iova + in, buf, len, write);
}

static void
not_mapped(struct sim_dev *dev, uint64_t iova, size_t len, size_t ok, bool write)
{
	struct sim_dma_node *n = find(dev, iova + ok);

	sim_violation(dev, "dma-unmapped", "DMA %s of [0x%llx, 0x%llx): 0x%llx is %s; "
	    "map it before its address goes to the card and keep it until the card is done",
	    write ? "write" : "read", (unsigned long long)iova,
	    (unsigned long long)(iova + len), (unsigned long long)(iova + ok),
	    n == NULL ? "not mapped" : write ? "mapped read-only" : "mapped write-only");
}

/* Whether the card may master the bus now: 0 or an errno. */
static int
may_dma(struct sim_dev *dev, uint64_t iova, size_t len, bool write)
{
	const char *what = write ? "write" : "read";

	if (dev->fault.gone || !dev->attached)
		return ENODEV;
	if (!sim_bus_master(dev)) {
		sim_violation(dev, "dma-no-bus-master", "DMA %s of %zu bytes at 0x%llx while bus "
		    "master is off in the command register; set bit 2 of it first", what, len,
		    (unsigned long long)iova);
		return EACCES;
	}
	if (sim_power_state(dev) != 0) {
		sim_violation(dev, "dma-asleep", "DMA %s of %zu bytes at 0x%llx in D3hot; stop the "
		    "card before it goes to sleep", what, len, (unsigned long long)iova);
		return EACCES;
	}
	return 0;
}

static int
transfer(struct sim_dev *dev, uint64_t iova, uint8_t *buf, size_t len, bool write)
{
	size_t ok, step;
	int error;

	error = may_dma(dev, iova, len, write);
	if (error != 0 || len == 0)
		return error;
	if (sim_fault_dma(dev))
		return EIO;
	ok = covered(dev, iova, len, write ? SIM_DMA_WRITE : SIM_DMA_READ);
	if (ok < len) {
		not_mapped(dev, iova, len, ok, write);
		return EFAULT;
	}
	for (size_t done = 0; done < len && error == 0; done += step) {
		struct sim_dma_node *n = find(dev, iova + done);
		uint64_t in, left;

		/* Answering a message may take a while, but the client cannot unmap meanwhile. */
		if (n == NULL)
			return EFAULT;
		in = iova + done - n->iova;
		left = n->len - in;
		step = left < len - done ? (size_t)left : len - done;
		error = one_range(dev, n, in, buf + done, step, write);
	}
	return error;
}

int
sim_dma_read(struct sim_dev *dev, uint64_t iova, void *buf, size_t len)
{
	int error = transfer(dev, iova, buf, len, false);

	/* What a root complex answers when it cannot complete a read. */
	if (error != 0)
		memset(buf, 0xff, len);
	return error;
}

int
sim_dma_write(struct sim_dev *dev, uint64_t iova, const void *buf, size_t len)
{
	/* transfer() does not write to buf in this direction. */
	return transfer(dev, iova, (uint8_t *)(uintptr_t)buf, len, true);
}
