#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/activation.h"
#include "base/log.h"
#include "base/module.h"
#include "config/mailpath.h"
#include "config/options.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

#define CHANGE (LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_CREATE)

/*
 * Less than the units' MemoryMax=: a session that wants more is told so, and
 * not killed.  The Makefile has another for a build with sanitizers.
 */
#ifndef SANDBOX_MEMORY
#define SANDBOX_MEMORY ((rlim_t)448 << 20)
#endif

/* Of processor time: whoever takes more is in a loop.  Then, to finish: */
#define SANDBOX_SECONDS 3600
#define SANDBOX_FINISH  60

#define STATE_LEAST ((uint64_t)64 << 20)
#define STATE_TIMES 8

/*
 * What login needs on every machine; what one has not does no harm.  Sockets
 * need no rule: Landlock does not watch connecting to them.
 */
static const struct landlock_rule system_rules[] = {
	{"/usr", LANDLOCK_READ},
	/* Today as a rule links to what is in there */
	{"/lib", LANDLOCK_READ | LANDLOCK_NO_LINK},
	{"/lib64", LANDLOCK_READ | LANDLOCK_NO_LINK},
	/*
         * All of it, for want of less: passwd and shadow are replaced by other
         * files while we wait for the client, and a rule is for a file that is
         * there, or for all that is ever beneath a directory.
         */
	{"/etc", LANDLOCK_READ},
	{"/proc", LANDLOCK_READ},
	{"/dev/null", LANDLOCK_FILE | LANDLOCK_READ | LANDLOCK_WRITE},
	{"/dev/urandom", LANDLOCK_FILE | LANDLOCK_READ},
	/* The name service: systemd's, sssd's, nss_db, libnss-extrausers */
	{"/run/systemd/userdb", LANDLOCK_READ},
	{"/run/userdb", LANDLOCK_READ},
	{"/run/host/userdb", LANDLOCK_READ},
	{"/var/lib/sss/mc", LANDLOCK_READ},
	{"/var/lib/sss/pubconf", LANDLOCK_READ},
	{"/var/lib/misc", LANDLOCK_READ},
	{"/var/lib/extrausers", LANDLOCK_READ},
	/* Servers' names and certificates: what /etc links to */
	{"/run/systemd/resolve", LANDLOCK_READ},
	{"/run/resolvconf", LANDLOCK_READ},
	{"/run/NetworkManager/resolv.conf", LANDLOCK_FILE | LANDLOCK_READ},
	{"/run/connman/resolv.conf", LANDLOCK_FILE | LANDLOCK_READ},
	{"/var/lib/ca-certificates", LANDLOCK_READ},
	/* pam_nologin, pam_limits */
	{"/run/nologin", LANDLOCK_FILE | LANDLOCK_READ},
	{"/run/utmp", LANDLOCK_FILE | LANDLOCK_READ},
	{"/run/systemd/sessions", LANDLOCK_READ},
	{"/run/systemd/users", LANDLOCK_READ},
	{"/run/systemd/seats", LANDLOCK_READ},
	/* pam_faillock's tallies; ours are in the run-time directory */
	{OPTIONS_RUN, CHANGE},
	{"/run/faillock", CHANGE},
};

/* pam_unix's helper, where it is */
static const struct landlock_rule helper_rules[] = {
	{"/usr/sbin/unix_chkpwd", LANDLOCK_FILE | LANDLOCK_EXECUTE},
	{"/usr/bin/unix_chkpwd",
         LANDLOCK_FILE | LANDLOCK_EXECUTE | LANDLOCK_ELSE},
	{"/sbin/unix_chkpwd", LANDLOCK_FILE | LANDLOCK_EXECUTE | LANDLOCK_ELSE},
};

#define SYSTEM_RULES (sizeof(system_rules) / sizeof(system_rules[0]))
#define HELPER_RULES (sizeof(helper_rules) / sizeof(helper_rules[0]))

struct rules {
	struct landlock_rule
		rule[SYSTEM_RULES + HELPER_RULES + MAILPATH_HOMES + 5];
	size_t n;
};

/*
 * A file opened later must not become what others take for their output.  The
 * last one is left to who closes all that are not standard.
 */
static int fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : 0;
}

/* The strings of an environment outlive it: setenv copies them. */
static int clean_environment(void)
{
	const char *pid = NULL, *fds = NULL;

	if (activation_is_ours()) {
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

/*
 * Through exec(2) signals come ignored or at their default, nothing else.
 * These must not be ignored: the others' default will do either way, and each
 * costs a call.
 */
static int set_signals(void)
{
	static const int heeded[] = {SIGTERM, SIGCHLD};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(heeded) / sizeof(heeded[0]); i++)
		if (signal(heeded[i], SIG_DFL) == SIG_ERR)
			return -1;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The most of something that the process may have, if it may have more. */
struct limit {
	int what;
	rlim_t soft, hard;
};

#define LIMITS(limits) limits, sizeof(limits) / sizeof((limits)[0])

/*
 * As a rule that is one call: only where there was less already, or where the
 * kernel lets nobody raise the hard limit, it takes more.
 */
static int set_limit(const struct limit *l)
{
	struct rlimit wanted = {l->soft, l->hard}, was;
	bool done;

	done = prlimit(0, l->what, &wanted, &was) == 0;
	if (!done && getrlimit(l->what, &was) < 0)
		return -1;
	if (done && was.rlim_cur >= l->soft && was.rlim_max >= l->hard)
		return 0;
	if (was.rlim_cur < l->soft)
		wanted.rlim_cur = was.rlim_cur;
	if (was.rlim_max < l->hard)
		wanted.rlim_max = was.rlim_max;
	return setrlimit(l->what, &wanted);
}

static int set_limits(const struct limit *l, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (set_limit(&l[i]) < 0)
			return -1;
	return 0;
}

const char *sandbox_start(void)
{
	/* Not the hard limit: a PAM module may have its own to set. */
	static const struct limit core[] = {{RLIMIT_CORE, 0, RLIM_INFINITY}};

	(void)umask(077);
	if (fill_standard() < 0)
		return "/dev/null";
	closefrom(activation_is_ours() ? STDERR_FILENO + 2 : STDERR_FILENO + 1);
	if (clean_environment() < 0)
		return "clean environment";
	if (set_signals() < 0)
		return "signals";
	if (set_limits(LIMITS(core)) < 0)
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

/* No set-id program works from here on; Landlock and seccomp want that. */
static const char *gain_nothing(const struct options *o)
{
	return judge(o, "no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void add_rule(struct rules *r, const char *path, unsigned int access)
{
	r->rule[r->n++] = (struct landlock_rule){path, access};
}

/*
 * Where mailboxes are: the administrator's part of --mailbox, or the
 * directories that homes are in.
 */
static void add_mailboxes(struct rules *r, const struct options *o)
{
	static char directories[MAILPATH_HOMES][PATH_MAX];
	const size_t n = mailpath_admin(o->mailbox);
	const char *list = o->home_dirs;
	int i;

	(void)snprintf(directories[0], PATH_MAX, "%.*s", (int)n, o->mailbox);
	if (n > 0)
		add_rule(r, directories[0], LANDLOCK_READ | LANDLOCK_WRITE);
	for (i = 0; n == 0 && list && i < MAILPATH_HOMES; i++) {
		list = mailpath_next_home(list, directories[i]);
		add_rule(r, directories[i], LANDLOCK_READ | LANDLOCK_WRITE);
	}
}

/* Services of one's own have their modules' files beside them. */
static const char *beside(const char *directory)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/..", directory);
	return path;
}

/* What loads programs: it has loaded this one, and will that helper. */
static int find_loader(struct dl_phdr_info *program, size_t size, void *ret)
{
	ElfW(Half) i;

	(void)size;
	for (i = 0; i < program->dlpi_phnum; i++)
		if (program->dlpi_phdr[i].p_type == PT_INTERP)
			*(uintptr_t *)ret = program->dlpi_addr +
			                    program->dlpi_phdr[i].p_vaddr;
	return 1; /* no library's */
}

/*
 * The kernel has the loader run the helper, so it may be run itself: with any
 * program, which then has no more rights than we.
 */
static void add_helper(struct rules *r)
{
	uintptr_t loader = (uintptr_t) "";
	size_t i;

	for (i = 0; i < HELPER_RULES; i++)
		r->rule[r->n++] = helper_rules[i];
	(void)dl_iterate_phdr(find_loader, &loader);
	add_rule(r, (const char *)loader, LANDLOCK_FILE | LANDLOCK_EXECUTE);
}

static int restrict_login(const struct options *o)
{
	struct rules r = {.n = SYSTEM_RULES};

	memcpy(r.rule, system_rules, sizeof(system_rules));
	if (o->pam_helper == PAM_HELPER_YES)
		add_helper(&r);
	/* The modules, if not in one of the system's places */
	add_rule(&r, module_origin(), LANDLOCK_READ);
	add_mailboxes(&r, o);
	add_rule(&r, o->state_dir, CHANGE);
	if (o->run_dir && strcmp(o->run_dir, OPTIONS_RUN) != 0)
		add_rule(&r, o->run_dir, CHANGE);
	if (o->pam_confdir)
		add_rule(&r, beside(o->pam_confdir), LANDLOCK_READ);
	return landlock_restrict(r.rule, r.n);
}

/*
 * Soft only: a PAM module may have its own to set.  Memory is what can be
 * written (RLIMIT_DATA): libraries, of which some stacks have many, cost
 * their address space only.  The size of files is not our matter: a mailbox
 * has the size it has, and the update sees to a limit it finds.  Processes
 * are counted for a user and not for a session: that is TasksMax='s.
 */
static int limit_login(void)
{
	static const struct limit limits[] = {
		{RLIMIT_NOFILE, 64, RLIM_INFINITY},
		{RLIMIT_DATA, SANDBOX_MEMORY, RLIM_INFINITY},
		{RLIMIT_CPU, SANDBOX_SECONDS, RLIM_INFINITY},
	};

	return set_limits(LIMITS(limits));
}

/* A start user who is root has to be that again, and may write records. */
static unsigned int login_filter(const struct options *o)
{
	return (unsigned int)FILTER_LOGIN |
	       (o->pam_helper == PAM_HELPER_YES ? FILTER_HELPER : 0) |
	       (geteuid() == 0 ? FILTER_ROOT : 0);
}

const char *sandbox_login(const struct options *o)
{
	const char *failed;

	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	failed = gain_nothing(o);
	if (!failed)
		failed = judge(o, "Landlock", restrict_login(o));
	if (!failed)
		failed = judge(o, "limits", limit_login());
	if (!failed)
		failed = judge(o, "seccomp", filter_enter(login_filter(o), 0));
	return failed;
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

#define MAILBOX   (FILTER_INDEX + 1) /* where its descriptor goes */
#define ELSEWHERE (MAILBOX + 1)      /* and from where on none of them is */

struct place {
	int *fd, number;
};

/* Away from all numbers at first, since one may have another's. */
static int move_all(const struct place *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*p[i].fd = fcntl(*p[i].fd, F_DUPFD_CLOEXEC, ELSEWHERE);
		if (*p[i].fd < 0)
			return -1;
	}
	for (i = 0; i < n; i++) {
		*p[i].fd = dup3(*p[i].fd, p[i].number, O_CLOEXEC);
		if (*p[i].fd < 0)
			return -1;
	}
	return 0;
}

/* The filter knows those of state by their numbers. */
static int place_descriptors(const struct sandbox_files *files)
{
	const struct place all[] = {{files->mailbox, MAILBOX},
	                            {files->journal, FILTER_JOURNAL},
	                            {files->index, FILTER_INDEX}};
	int keep[SANDBOX_KEEP + sizeof(all) / sizeof(all[0])];
	struct place open[sizeof(all) / sizeof(all[0])];
	size_t i, n = 0;

	for (i = 0; i < files->n; i++) {
		keep[i] = files->keep[i];
		errno = EBUSY; /* none of these is opened so late */
		if (keep[i] >= FILTER_JOURNAL)
			return -1;
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].fd && *all[i].fd >= 0)
			open[n++] = all[i];
	if (move_all(open, n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		keep[files->n + i] = open[i].number;
	return close_others(keep, files->n + n);
}

/*
 * What the state of a mailbox may have, in octets: a journal's areas, and an
 * index of several times a mailbox of tiny messages.
 */
static uint64_t most_state(const struct sandbox_files *files)
{
	struct stat st;

	if (!files->mailbox || fstat(*files->mailbox, &st) < 0)
		st.st_size = 0;
	return STATE_LEAST + STATE_TIMES * (uint64_t)st.st_size;
}

/*
 * Neither descriptors, nor processes; poll(2) wants one to be allowed.  Where
 * memory ends, libc must not look for processors to have a heap for each: it
 * would be killed for it.
 */
static int limit_all(void)
{
	static const struct limit limits[] = {
		{RLIMIT_NPROC, 0, 0},
		{RLIMIT_CORE, 0, 0},
		{RLIMIT_NOFILE, 1, 1},
		{RLIMIT_DATA, SANDBOX_MEMORY, SANDBOX_MEMORY},
		{RLIMIT_CPU, SANDBOX_SECONDS, SANDBOX_SECONDS + SANDBOX_FINISH},
	};

	(void)mallopt(M_ARENA_MAX, 1);
	return set_limits(LIMITS(limits));
}

/*
 * Calls the functions for which libc makes other system calls the first time,
 * and others again in its next version, before the filter is there.
 */
static int warm_libc(void)
{
	struct timespec now;
	char octet;

	if (getrandom(&octet, sizeof(octet), 0) < 0 ||
	    clock_gettime(CLOCK_MONOTONIC, &now) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -1;
	free(malloc(1));
	return 0;
}

const char *sandbox_mail(const struct options *o,
                         const struct sandbox_files *files)
{
	const char *failed;

	if (place_descriptors(files) < 0)
		return "descriptors";
	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	failed = gain_nothing(o);
	if (!failed)
		failed = judge(o, "Landlock", landlock_restrict(NULL, 0));
	if (!failed)
		failed = judge(o, "limits", limit_all());
	if (!failed)
		failed = judge(o, "libc", warm_libc());
	if (!failed)
		failed = judge(o, "seccomp",
		               filter_enter(FILTER_MAIL, most_state(files)));
	return failed;
}
