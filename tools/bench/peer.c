/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rows of `voy bench` are compared with: the least that could do the same. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench/bench.h"

double
bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

void
bench_row(const char *name, double ours, double peer, const char *against)
{
	printf("{\"name\":\"%s\",\"ours\":%.3f,\"peer\":%.3f,\"unit\":\"ns\",\"against\":\"%s\"}\n",
	    name, ours, peer, against);
	fflush(stdout);
}

double
bench_signal(int fd, atomic_int *flag, unsigned rounds)
{
	const uint64_t one = 1;
	double start = bench_now();

	for (unsigned i = 0; i < rounds; i++) {
		atomic_store(flag, 0);
		if (write(fd, &one, sizeof(one)) != sizeof(one))
			return 0;
		while (atomic_load(flag) == 0)
			;
	}
	return (bench_now() - start) / rounds;
}

struct loop {
	int		epoll, fd, stop;
	atomic_int	seen;
};

static void *
loop_main(void *arg)
{
	struct loop *l = arg;
	struct epoll_event ev;
	uint64_t count;

	for (;;) {
		if (epoll_wait(l->epoll, &ev, 1, -1) != 1 || ev.data.fd == l->stop)
			return NULL;
		if (read(l->fd, &count, sizeof(count)) != sizeof(count))
			return NULL;
		atomic_store(&l->seen, 1);
	}
}

double
peer_epoll(unsigned rounds)
{
	struct loop l = { .epoll = epoll_create1(0), .fd = eventfd(0, 0), .stop = eventfd(0, 0) };
	struct epoll_event ev = { .events = EPOLLIN };
	const uint64_t one = 1;
	pthread_t thread;
	double ns = 0;

	ev.data.fd = l.fd;
	epoll_ctl(l.epoll, EPOLL_CTL_ADD, l.fd, &ev);
	ev.data.fd = l.stop;
	epoll_ctl(l.epoll, EPOLL_CTL_ADD, l.stop, &ev);
	if (pthread_create(&thread, NULL, loop_main, &l) == 0) {
		ns = bench_signal(l.fd, &l.seen, rounds);
		if (write(l.stop, &one, sizeof(one)) == sizeof(one))
			pthread_join(thread, NULL);
	}
	close(l.epoll);
	close(l.fd);
	close(l.stop);
	return ns;
}

/* The other process: answer until the socket closes. */
static void
echo(int fd, size_t ask, size_t answer)
{
	char buf[256] = { 0 };

	while (recv(fd, buf, ask, MSG_WAITALL) == (ssize_t)ask &&
	    send(fd, buf, answer, MSG_NOSIGNAL) == (ssize_t)answer)
		;
	_exit(0);
}

double
peer_mutex(unsigned rounds)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	double start = bench_now();
	unsigned i;

	for (i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return (bench_now() - start) / rounds;
}

double
peer_echo(unsigned rounds, size_t ask, size_t answer)
{
	char buf[256] = { 0 };
	double start, ns = 0;
	unsigned i;
	int sv[2];
	pid_t pid;

	if (ask > sizeof(buf) || answer > sizeof(buf) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		return 0;
	pid = fork();
	if (pid == 0) {
		close(sv[0]);
		echo(sv[1], ask, answer);
	}
	close(sv[1]);
	start = bench_now();
	for (i = 0; pid != -1 && i < rounds; i++)
		if (send(sv[0], buf, ask, MSG_NOSIGNAL) != (ssize_t)ask ||
		    recv(sv[0], buf, answer, MSG_WAITALL) != (ssize_t)answer)
			break;
	if (i == rounds)
		ns = (bench_now() - start) / rounds;
	close(sv[0]);
	if (pid != -1)
		waitpid(pid, NULL, 0);
	return ns;
}
