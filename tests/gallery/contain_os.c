/* SPDX-License-Identifier: BSD-2-Clause */
/* See contain_os.h. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contain_os.h"

static volatile int result;	/* the compiler leaves no call out */
static char *volatile kept;

void
os_open(const char *path)
{
	result = open(path, O_RDONLY | O_CLOEXEC);
}

void
os_create(const char *path)
{
	result = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

void
os_stat(const char *path)
{
	struct stat st;

	result = stat(path, &st);
}

void
os_unlink(const char *path)
{
	result = unlink(path);
}

void
os_fork(void)
{
	result = fork();
	if (result == 0)
		_exit(0);
}

void
os_system(const char *command)
{
	result = system(command);
}

void
os_exec(const char *program)
{
	result = execl(program, program, (char *)NULL);
}

void
os_kill_parent(void)
{
	result = kill(getppid(), SIGTERM);
}

void
os_code(void)
{
	result = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0) != MAP_FAILED;
}

void
os_more_memory(void)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	result = setrlimit(RLIMIT_DATA, &rl);
}

void
os_connect(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(443) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "192.0.2.1", &sin.sin_addr);
	result = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

void
os_connect_deaf(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	os_connect();
	for (;;)
		pause();
}

void
os_eat(int block)
{
	for (;;) {
		kept = malloc((size_t)block);
		kept[0] = 1;
	}
}
