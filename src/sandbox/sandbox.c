/* SPDX-License-Identifier: ISC */
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
 * Less than the units' MemoryMax=, so that malloc fails before the kernel kills
 * the session.  A build with sanitizers has another value in the Makefile.
 */
#ifndef SANDBOX_MEMORY
#define SANDBOX_MEMORY ((rlim_t)448 << 20)
#endif

/* Processor time: a session that takes more is in a loop. */
#define SANDBOX_SECONDS 3600
#define SANDBOX_FINISH  60 /* then, to finish an update */

/*
 * The octets of a mailbox's state: a journal's areas, and an index of several
 * times a mailbox of tiny messages; or, if that is more, the copies of deleted
 * messages.
 */
#define STATE_LEAST ((uint64_t)64 << 20)
#define STATE_TIMES 8 /* the mailbox */

/*
 * What login needs, on any machine; a rule for a missing path does no harm.
 * Sockets need no rule: Landlock does not restrict connect(2) to them.
 */
static const struct landlock_rule system_rules[] = {
	{"/usr", LANDLOCK_READ},
	/* On most systems these are links to /usr */
	{"/lib", LANDLOCK_READ | LANDLOCK_NO_LINK},
	{"/lib64", LANDLOCK_READ | LANDLOCK_NO_LINK},
	/*
         * All of it: passwd and shadow may be replaced by new files while we
         * wait for the client, and a rule holds for a file that exists now, or
         * for everything beneath a directory.
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
	/* Name servers and certificates: the targets of links in /etc */
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

/* pam_unix's helper, in one of these places */
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
 * Opens 0 to 2 if they are closed: a file that is opened later must not become
 * standard output.
 */
static int open_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -1;
	return 0;
}

/* clearenv(3) does not free the strings, and setenv(3) copies them. */
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
 * After exec(2) a signal is ignored or has its default.  SIGTERM and SIGCHLD
 * must not be ignored; for all others but SIGPIPE and SIGXFSZ both will do.
 */
static int set_signals(void)
{
	static const int defaults[] = {SIGTERM, SIGCHLD};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (signal(defaults[i], SIG_DFL) == SIG_ERR)
			return -1;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Limits of a resource (RLIMIT_*), which are only ever lowered. */
struct limit {
	int resource;
	rlim_t soft, hard;
};

#define LIMITS(limits) limits, sizeof(limits) / sizeof((limits)[0])

/*
 * In most cases this takes one call.  If a limit was lower before, or the
 * kernel does not let us raise the hard one, it takes more.
 */
static int lower_limit(const struct limit *l)
{
	struct rlimit wanted = {l->soft, l->hard}, was;
	bool done;

	done = prlimit(0, l->resource, &wanted, &was) == 0;
	if (!done && getrlimit(l->resource, &was) < 0)
		return -1;
	if (done && was.rlim_cur >= l->soft && was.rlim_max >= l->hard)
		return 0;
	if (was.rlim_cur < l->soft)
		wanted.rlim_cur = was.rlim_cur;
	if (was.rlim_max < l->hard)
		wanted.rlim_max = was.rlim_max;
	return setrlimit(l->resource, &wanted);
}

static int lower_limits(const struct limit *l, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lower_limit(&l[i]) < 0)
			return -1;
	return 0;
}

const char *sandbox_start(void)
{
	/* Soft only: a PAM module may raise it (pam_limits). */
	static const struct limit core[] = {{RLIMIT_CORE, 0, RLIM_INFINITY}};

	(void)umask(077);
	if (open_standard() < 0)
		return "/dev/null";
	closefrom(activation_is_ours() ? STDERR_FILENO + 2 : STDERR_FILENO + 1);
	if (clean_environment() < 0)
		return "clean environment";
	if (set_signals() < 0)
		return "signals";
	if (lower_limits(LIMITS(core)) < 0)
		return "RLIMIT_CORE";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return "PR_SET_DUMPABLE";
	return NULL;
}

/*
 * What a step means that returned result, 0 or -1 with errno.  Returns NULL to
 * go on, or the step's name as the problem.  --sandbox try logs it and goes on.
 */
static const char *step_problem(const struct options *o, const char *step,
                                int result)
{
	if (result == 0)
		return NULL;
	if (o->sandbox == SANDBOX_REQUIRE)
		return step;
	log_error(LOG_SETUP_ERROR, "--sandbox try: without %s: %m", step);
	return NULL;
}

/* From here on no set-id program works; Landlock and seccomp require it. */
static const char *set_no_new_privs(const struct options *o)
{
	return step_problem(o, "no_new_privs",
	                    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void allow_path(struct rules *r, const char *path, unsigned int access)
{
	r->rule[r->n++] = (struct landlock_rule){path, access};
}

/*
 * Allows the directories of mailboxes: the part of --mailbox before the first
 * %, or the directories that hold homes.
 */
static void allow_mailboxes(struct rules *r, const struct options *o)
{
	static char directories[MAILPATH_HOMES][PATH_MAX];
	const size_t n = mailpath_admin(o->mailbox);
	const char *list = o->home_dirs;
	int i;

	(void)snprintf(directories[0], PATH_MAX, "%.*s", (int)n, o->mailbox);
	if (n > 0)
		allow_path(r, directories[0], LANDLOCK_READ | LANDLOCK_WRITE);
	for (i = 0; n == 0 && list && i < MAILPATH_HOMES; i++) {
		list = mailpath_next_home(list, directories[i]);
		allow_path(r, directories[i], LANDLOCK_READ | LANDLOCK_WRITE);
	}
}

/*
 * For dl_iterate_phdr, which calls it for the program first: puts the address
 * of the loader's path into *ret, a uintptr_t.
 */
static int find_loader(struct dl_phdr_info *program, size_t size, void *ret)
{
	ElfW(Half) i;

	(void)size;
	for (i = 0; i < program->dlpi_phnum; i++)
		if (program->dlpi_phdr[i].p_type == PT_INTERP)
			*(uintptr_t *)ret = program->dlpi_addr +
			                    program->dlpi_phdr[i].p_vaddr;
	return 1; /* no libraries */
}

/*
 * The kernel runs the loader to run the helper, so the loader must be allowed.
 * An attacker can run it with any program, which then has no more rights than
 * this process.
 */
static void allow_helper(struct rules *r)
{
	uintptr_t loader = (uintptr_t) "";
	size_t i;

	for (i = 0; i < HELPER_RULES; i++)
		r->rule[r->n++] = helper_rules[i];
	(void)dl_iterate_phdr(find_loader, &loader);
	allow_path(r, (const char *)loader, LANDLOCK_FILE | LANDLOCK_EXECUTE);
}

static int restrict_login(const struct options *o)
{
	struct rules r = {.n = SYSTEM_RULES};
	char modules[PATH_MAX];

	memcpy(r.rule, system_rules, sizeof(system_rules));
	if (o->pam_helper == PAM_HELPER_YES)
		allow_helper(&r);
	/* onepop's own modules, if they are not in /usr */
	allow_path(&r, module_origin(), LANDLOCK_READ);
	allow_mailboxes(&r, o);
	allow_path(&r, o->state_dir, CHANGE);
	if (o->run_dir && strcmp(o->run_dir, OPTIONS_RUN) != 0)
		allow_path(&r, o->run_dir, CHANGE);
	if (o->pam_confdir) {
		/* What modules read may lie beside the services. */
		(void)snprintf(modules, sizeof(modules), "%s/..",
		               o->pam_confdir);
		allow_path(&r, modules, LANDLOCK_READ);
	}
	return landlock_restrict(r.rule, r.n);
}

/*
 * Soft only: a PAM module may raise them (pam_limits).  RLIMIT_DATA counts
 * memory that can be written, and not the address space of libraries.  There is
 * no RLIMIT_FSIZE: a mailbox may have any size, and the update heeds a limit
 * that exists.  There is no RLIMIT_NPROC: it counts the user's processes, not
 * the session's; the units have TasksMax= for these.
 */
static int limit_login(void)
{
	static const struct limit limits[] = {
		{RLIMIT_NOFILE, 64, RLIM_INFINITY},
		{RLIMIT_DATA, SANDBOX_MEMORY, RLIM_INFINITY},
		{RLIMIT_CPU, SANDBOX_SECONDS, RLIM_INFINITY},
	};

	return lower_limits(LIMITS(limits));
}

/* A start user who is root must become root again, and may write records. */
static unsigned int login_filter(const struct options *o)
{
	return (unsigned int)FILTER_LOGIN |
	       (o->pam_helper == PAM_HELPER_YES ? FILTER_HELPER : 0) |
	       (geteuid() == 0 ? FILTER_ROOT : 0);
}

const char *sandbox_login(const struct options *o)
{
	const char *problem;

	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	problem = set_no_new_privs(o);
	if (!problem)
		problem = step_problem(o, "Landlock", restrict_login(o));
	if (!problem)
		problem = step_problem(o, "limits", limit_login());
	if (!problem)
		problem = step_problem(o, "seccomp",
		                       filter_enter(login_filter(o), 0));
	return problem;
}

static int restrict_client(void)
{
	struct rules r = {.n = 0};
	size_t i;

	for (i = 0; i < SYSTEM_RULES; i++)
		if (!(system_rules[i].access & LANDLOCK_CREATE))
			r.rule[r.n++] = system_rules[i];
	return landlock_restrict(r.rule, r.n);
}

const char *sandbox_client(const struct options *o)
{
	const char *problem;

	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	problem = set_no_new_privs(o);
	if (!problem)
		problem = step_problem(o, "Landlock", restrict_client());
	if (!problem)
		problem = step_problem(o, "limits", limit_login());
	if (!problem)
		problem = step_problem(o, "seccomp",
		                       filter_enter(FILTER_LOGIN, 0));
	return problem;
}

/* The lowest of the n descriptors that is not below from, or -1. */
static int next_kept(const int *fds, size_t n, int from)
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

	while ((kept = next_kept(keep, n, from)) >= 0) {
		if (kept > from && close_range((unsigned int)from,
		                               (unsigned int)kept - 1, 0) < 0)
			return -1;
		from = kept + 1;
	}
	return close_range((unsigned int)from, ~0U, 0);
}

#define MAILBOX   (FILTER_KEPT + 1) /* the number of its descriptor */
#define ELSEWHERE (MAILBOX + 1)     /* above the numbers of all four */

struct place {
	int *fd, number;
};

/* Two steps, since one may have the number that is meant for another. */
static int move_descriptors(const struct place *p, size_t n)
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

/* Closes all but files; the filter knows those of the state by number. */
static int keep_descriptors(const struct sandbox_files *files)
{
	const struct place all[] = {{files->mailbox, MAILBOX},
	                            {files->journal, FILTER_JOURNAL},
	                            {files->index, FILTER_INDEX},
	                            {files->kept, FILTER_KEPT}};
	int keep[SANDBOX_KEEP + sizeof(all) / sizeof(all[0])];
	struct place open[sizeof(all) / sizeof(all[0])];
	size_t i, n = 0;

	for (i = 0; i < files->n; i++) {
		keep[i] = files->keep[i];
		errno = EBUSY; /* all of these were opened early */
		if (keep[i] >= FILTER_JOURNAL)
			return -1;
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].fd && *all[i].fd >= 0)
			open[n++] = all[i];
	if (move_descriptors(open, n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		keep[files->n + i] = open[i].number;
	return close_others(keep, files->n + n);
}

static uint64_t most_state(const struct options *o,
                           const struct sandbox_files *files)
{
	uint64_t most, kept = 0;
	struct stat st;

	if (files->kept && *files->kept >= 0)
		kept = (uint64_t)o->keep_deleted_size << 20;

	if (!files->mailbox || fstat(*files->mailbox, &st) < 0)
		st.st_size = 0;
	most = STATE_LEAST + STATE_TIMES * (uint64_t)st.st_size;
	return most > kept ? most : kept;
}

/*
 * No new processes or descriptors; poll(2) needs a limit of one.  With one
 * arena libc does not count the processors when memory ends, for which the
 * filter would kill it.
 */
static int limit_mail(void)
{
	static const struct limit limits[] = {
		{RLIMIT_NPROC, 0, 0},
		{RLIMIT_CORE, 0, 0},
		{RLIMIT_NOFILE, 1, 1},
		{RLIMIT_DATA, SANDBOX_MEMORY, SANDBOX_MEMORY},
		{RLIMIT_CPU, SANDBOX_SECONDS, SANDBOX_SECONDS + SANDBOX_FINISH},
	};

	(void)mallopt(M_ARENA_MAX, 1);
	return lower_limits(LIMITS(limits));
}

/*
 * Some functions of libc make other system calls when they are first called,
 * and each version of libc makes different ones: calls these functions before
 * the filter is there.
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
	const char *problem;

	if (keep_descriptors(files) < 0)
		return "descriptors";
	if (o->sandbox == SANDBOX_OFF)
		return NULL;
	problem = set_no_new_privs(o);
	if (!problem)
		problem =
			step_problem(o, "Landlock", landlock_restrict(NULL, 0));
	if (!problem)
		problem = step_problem(o, "limits", limit_mail());
	if (!problem)
		problem = step_problem(o, "libc", warm_libc());
	if (!problem)
		problem = step_problem(
			o, "seccomp",
			filter_enter(FILTER_MAIL, most_state(o, files)));
	return problem;
}
