/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * voy-tied PID SIGNAL PROGRAM [ARGUMENT ...]: become PROGRAM, which gets SIGNAL when the thread
 * that started this process, one of PID's, ends.
 *
 * procs.py could ask for that itself between fork and exec; but then Python must copy its
 * whole address space, which costs ten times what this program does.
 */
#include <sys/prctl.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define EX_NOT_RUN	126		/* as a shell's */
#define EX_NOT_FOUND	127

int
main(int argc, char **argv)
{
	if (argc < 4)
		errx(EX_NOT_RUN, "usage: voy-tied PID SIGNAL PROGRAM [ARGUMENT ...]");
	if (prctl(PR_SET_PDEATHSIG, strtoul(argv[2], NULL, 10), 0, 0, 0) != 0)
		err(EX_NOT_RUN, "signal %s", argv[2]);
	/* It may have ended before the request. */
	if (getppid() != (pid_t)strtol(argv[1], NULL, 10))
		return EX_NOT_FOUND;
	execvp(argv[3], argv + 3);
	err(errno == ENOENT ? EX_NOT_FOUND : EX_NOT_RUN, "%s", argv[3]);
}
