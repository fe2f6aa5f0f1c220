/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sock.h - a listening UNIX socket in the file system.
 *
 *	struct prog_sock s;
 *
 *	if (prog_sock_listen(&s, "/run/x/card.sock", SOCK_STREAM, msg, sizeof(msg)) != 0)
 *		fprintf(stderr, "%s\n", msg);
 *	accept4(s.fd, ...);
 *	prog_sock_close(&s);				the path is gone
 */
#ifndef TOOLS_SIM_PROG_SOCK_H
#define TOOLS_SIM_PROG_SOCK_H

#include <stddef.h>
#include <sys/types.h>

struct prog_sock {
	int	fd;			/* listening, non-blocking, close-on-exec; or -1 */
	char	*path;
	dev_t	dev;
	ino_t	ino;
};

/*
 * Puts a listening socket at path, mode 0600 from its first moment; type: SOCK_STREAM or
 * SOCK_SEQPACKET. A stale socket (nobody listens) is replaced; EADDRINUSE: a live server has it;
 * EEXIST: something else is there. errmsg gets what is wrong and how to mend it.
 */
int	prog_sock_listen(struct prog_sock *, const char *path, int type, char *errmsg,
	    size_t errlen);
/* Closes, and removes the path if it is still this socket. */
void	prog_sock_close(struct prog_sock *);

#endif
