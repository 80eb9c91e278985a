#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filter.h"
#include "landlock.h"
#include "log.h"
#include "options.h"
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

/* What is done about a step of a stage: NULL to go on, or what failed. */
static const char *judge(const struct options *o, const char *what, int result)
{
	if (result == 0)
		return NULL;
	if (o->sandbox == SANDBOX_REQUIRE)
		return what;
	log_error(LOG_SETUP_ERROR, "--sandbox try: without %s: %m", what);
	return NULL;
}

/* The lowest of the descriptors from that one on, or -1. */
static int next_of(const int *fds, size_t n, int from)
{
	int ret = -1;
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] >= from && (ret < 0 || fds[i] < ret))
			ret = fds[i];
	return ret;
}

static int close_others(const int *keep, size_t n)
{
	int from = STDERR_FILENO + 1, kept;

	while ((kept = next_of(keep, n, from)) >= 0) {
		if (kept > from && close_range((unsigned int)from,
		                               (unsigned int)kept - 1, 0) < 0)
			return -1;
		from = kept + 1;
	}
	return close_range((unsigned int)from, ~0U, 0);
}

/* Neither descriptors, nor processes; poll(2) wants one to be allowed. */
static int limit_all(void)
{
	static const struct rlimit none = {0, 0}, one = {1, 1};

	if (setrlimit(RLIMIT_NPROC, &none) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0)
		return -1;
	return setrlimit(RLIMIT_NOFILE, &one);
}

const char *sandbox_mail(const struct options *o, const int *keep, size_t n)
{
	const char *failed;

	if (close_others(keep, n) < 0)
		return "close_range";
	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	failed = judge(o, "no_new_privs",
	               prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (!failed)
		failed = judge(o, "Landlock", landlock_restrict(NULL, 0));
	if (!failed)
		failed = judge(o, "limits", limit_all());
	if (!failed)
		failed = judge(o, "seccomp", filter_enter(FILTER_MAIL));
	return failed;
}
