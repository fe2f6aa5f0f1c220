/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * contain_os.h - what a driver has no business with, by the C library; for contain.c, which like
 * every driver cannot see that one's headers.  In a process that is contained none returns.
 */
#ifndef CONTAIN_OS_H
#define CONTAIN_OS_H

void	os_open(const char *path);
void	os_create(const char *path);
void	os_stat(const char *path);
void	os_unlink(const char *path);
void	os_fork(void);
/* The C library blocks all signals while it starts the shell. */
void	os_system(const char *command);
void	os_exec(const char *program);
void	os_kill_parent(void);
/* Memory that can be executed. */
void	os_code(void);
/* More memory than it was given. */
void	os_more_memory(void);
/* TCP to a host that no network has (192.0.2.1, RFC 5737). */
void	os_connect(void);
/* The same by a thread that has all signals blocked. */
void	os_connect_deaf(void);
/* Write to blocks of memory without end. */
void	os_eat(int block);

#endif /* CONTAIN_OS_H */
