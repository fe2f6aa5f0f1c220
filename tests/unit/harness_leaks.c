/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors are counted while clients of the control socket come and go.  Prints TAP. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/control.h"
#include "harness/leaks.h"
#include "tests/unit/tap.h"

#define SAMPLES	20000
#define TURNS	(16 * 64)	/* of a client that comes and goes, before the end of the test */

/* Comes and goes for ever; tells each time that it has been answered. */
static _Noreturn void
client(const struct sockaddr_un *at, int tell)
{
	static const char ask[] = "?\n";	/* refused: all that it takes is an answer */
	char line[4096];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 &&
		    send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) > 0 &&
		    recv(fd, line, sizeof(line), 0) > 0 && write(tell, "", 1) != 1)
			_exit(1);
		close(fd);
	}
}

static void
count(int before, int told)
{
	char seen[TURNS];
	int i, turns = 0, wrong = 0, n;
	ssize_t got = 1;

	for (i = 0; got > 0 && (i < SAMPLES || turns < TURNS); i++) {
		n = leaks_fds();
		if (n != before && wrong++ == 0)
			printf("# %d descriptors instead of %d in sample %d\n", n, before, i);
		if (i % 16 == 15) {
			got = read(told, seen, sizeof(seen));
			turns += (int)got;
		}
	}
	ok(turns >= TURNS, "clients have come and gone");
	ok(wrong == 0, "as many descriptors at any time, whoever came or went just then");
}

int
main(void)
{
	static const struct hyp_personality pers;
	static const struct options opt = { .control = "leaks.ctl" };
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "leaks.ctl" };
	char why[256] = "";
	int tell[2], before;
	pid_t pid;

	ok(control_start(&pers, &opt, why, sizeof(why)) == 0, "the control socket is there");
	if (pipe(tell) != 0)
		return 1;
	pid = fork();
	if (pid == 0)
		client(&at, tell[1]);
	close(tell[1]);
	before = leaks_fds();
	count(before, tell[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	control_stop();
	return done();
}
