/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_sock.h - the socket's place in the file system.  Private to control*.c.
 */
#ifndef HARNESS_CONTROL_SOCK_H
#define HARNESS_CONTROL_SOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Bind and listen; the descriptor, or -1 with errno and why. */
int	control_sock_listen(const char *path, char *why, size_t size);
/* A new connection, or -1; one of another user gets an answer that says so. */
int	control_sock_accept(int fd);

#endif /* HARNESS_CONTROL_SOCK_H */
