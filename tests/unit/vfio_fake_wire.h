/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of the server of vfio_fake.h, and how it spoils them. */
#ifndef TESTS_UNIT_VFIO_FAKE_WIRE_H
#define TESTS_UNIT_VFIO_FAKE_WIRE_H

#include "tests/unit/vfio_fake.h"

struct fake_msg {
	struct vfio_user_hdr h;
	uint8_t *payload;
	size_t len;
	int fds[16];
	unsigned nfds;
};

/* The next message; false: the other side has gone.  In any case to be freed by fake_free(). */
bool	fake_read(int sock, struct fake_msg *);
void	fake_free(struct fake_msg *);
/* So many bytes, `step` at a time, the first with the descriptor unless that is -1. */
bool	fake_send(int sock, const void *buf, size_t len, size_t step, int fd);
/* The answer, of two parts, or an error; spoiled if that was asked for.  false: no more. */
bool	fake_answer(struct fake *, const struct fake_msg *, int error, const void *p1, size_t n1,
	    const void *p2, size_t n2, int fd);

#endif /* TESTS_UNIT_VFIO_FAKE_WIRE_H */
