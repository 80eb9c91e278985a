#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"

/* Did systemd hand descriptors to this process, and not to an ancestor? */
static bool handed_over(void)
{
	const char *pid;

	pid = getenv("LISTEN_PID");
	return pid && getenv("LISTEN_FDS") &&
	       strtol(pid, NULL, 10) == (long)getpid();
}

/* A file opened later must not become what others take for their output. */
static int fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

/* The strings of an environment outlive it: setenv copies them. */
static int clean_environment(void)
{
	const char *pid = NULL, *fds = NULL;

	if (handed_over()) {
		pid = getenv("LISTEN_PID");
		fds = getenv("LISTEN_FDS");
	}
	if (clearenv() != 0 ||
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0)
		return -1;
	if (pid && fds &&
	    (setenv("LISTEN_PID", pid, 1) < 0 ||
	     setenv("LISTEN_FDS", fds, 1) < 0))
		return -1;
	return 0;
}

/* Through exec(2) signals come ignored or at their default, nothing else. */
static int set_signals(void)
{
	struct sigaction act;
	sigset_t none;
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &act) == 0 &&
		    act.sa_handler == SIG_IGN)
			(void)signal(sig, SIG_DFL);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

const char *sandbox_start(void)
{
	struct rlimit core;

	(void)umask(077);
	if (fill_standard() < 0)
		return "/dev/null";
	closefrom(handed_over() ? STDERR_FILENO + 2 : STDERR_FILENO + 1);
	if (clean_environment() < 0)
		return "clean environment";
	if (set_signals() < 0)
		return "signals";
	/* Not the hard limit: a PAM module may have its own to set. */
	if (getrlimit(RLIMIT_CORE, &core) < 0)
		return "RLIMIT_CORE";
	core.rlim_cur = 0;
	if (setrlimit(RLIMIT_CORE, &core) < 0)
		return "RLIMIT_CORE";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return "PR_SET_DUMPABLE";
	return NULL;
}
