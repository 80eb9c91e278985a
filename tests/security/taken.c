/* SPDX-License-Identifier: ISC */
/*
 * A session that has been taken over before login: each attack is tried by a
 * process of its own, which has entered S1 as main.c does.  Prints TAP.
 *
 * $TAKEN says what the session has, in words: what may succeed there, and only
 * there, is part of src/sandbox/README.md.  The arguments are
 * onepop's.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <link.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/options.h"
#include "sandbox/capabilities.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

#define FAILED 99 /* S1 could not be entered */

/* What a session has, by its unit and its options. */
enum have {
	CAPS = 1,    /* may become a user, and read /etc/shadow */
	HELPER = 2,  /* PAM runs unix_chkpwd: --pam-helper yes */
	OPEN = 4,    /* systemd's sockets and ssh's keys can be seen */
	ROOT = 8,    /* it starts as root, and stays that */
	CHROOT = 16, /* --chroot */
	HOMES = 32,  /* mailboxes are in /home */
	OLD = 64,    /* Landlock of a kernel before 6.12 */
	ANYWHERE = 128,
	READ = 256 /* may read what root may */
};

static const struct {
	const char *word;
	unsigned int bit;
} words[] = {{"caps", CAPS}, {"read", READ},     {"open", OPEN},
             {"root", ROOT}, {"chroot", CHROOT}, {"homes", HOMES}};

static unsigned int taken; /* what this one has */
static struct options options;

/* Tries it; did it succeed? */
typedef bool attack_fn(void);

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static bool reads_what_pam_reads(void)
{
	return can_open("/etc/shadow", O_RDONLY);
}

static bool writes_what_pam_reads(void)
{
	return can_open("/etc/passwd", O_WRONLY) ||
	       can_open("/etc/shadow", O_RDWR) ||
	       can_open("/etc/pam.d/common-auth", O_WRONLY | O_APPEND);
}

static bool makes_a_file(void)
{
	static const char *const directories[] = {
		"/", "/etc", "/run", "/tmp", "/var/lib", "/root", "/usr/bin",
	};
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (chdir(directories[i]) == 0 &&
		    can_open("onepop-taken", O_WRONLY | O_CREAT))
			return true;
	return false;
}

static bool reads_sshs_keys(void)
{
	return can_open("/etc/ssh/ssh_host_ed25519_key", O_RDONLY);
}

static bool reads_etc(void)
{
	return can_open("/etc", O_RDONLY | O_DIRECTORY);
}

/* One that each Debian has, and any may read. */
static bool reads_a_database(void)
{
	return can_open("/var/lib/dpkg/status", O_RDONLY) ||
	       can_open("/var/lib", O_RDONLY);
}

static bool reads_what_runs(void)
{
	return can_open("/run", O_RDONLY) || can_open("/run/lock", O_RDONLY) ||
	       can_open("/dev", O_RDONLY) || can_open("/sys", O_RDONLY);
}

static bool reads_homes(void)
{
	return can_open("/home", O_RDONLY);
}

static bool reads_roots_home(void)
{
	return can_open("/", O_RDONLY) || can_open("/root", O_RDONLY);
}

static bool signals_another(void)
{
	const pid_t other = getppid();

	return kill(other, 0) == 0 || kill(-1, 0) == 0 ||
	       syscall(SYS_tkill, other, 0) == 0 ||
	       tgkill(other, other, 0) == 0;
}

/* A descriptor's owner gets a signal of the owner's choice when it is ready. */
static bool has_another_signalled(void)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct f_owner_ex owner = {F_OWNER_PID, getppid()};
	int pid = getppid();

	return fcntl(fd, F_SETOWN, pid) == 0 ||
	       fcntl(fd, F_SETOWN_EX, &owner) == 0 ||
	       fcntl(fd, F_SETSIG, SIGKILL) == 0 ||
	       ioctl(fd, FIOSETOWN, &pid) == 0 ||
	       ioctl(fd, SIOCSPGRP, &pid) == 0;
}

#define GARBAGE (1L << 32) /* which the kernel does not see in an int */

/* As the effective one, the real one, one for files; of a group, too. */
static bool becomes_root(void)
{
	return setuid(0) == 0 || syscall(SYS_setuid, GARBAGE) == 0 ||
	       setreuid(0, (uid_t)-1) == 0 || setreuid((uid_t)-1, 0) == 0 ||
	       setresuid(0, (uid_t)-1, (uid_t)-1) == 0 ||
	       setresuid((uid_t)-1, 0, (uid_t)-1) == 0 ||
	       setresuid((uid_t)-1, (uid_t)-1, 0) == 0 ||
	       (setfsuid(0) >= 0 && setfsuid((uid_t)-1) == 0) ||
	       setgid(0) == 0 || setregid(0, (gid_t)-1) == 0 ||
	       setresgid((gid_t)-1, (gid_t)-1, 0) == 0 ||
	       (setfsgid(0) >= 0 && setfsgid((gid_t)-1) == 0);
}

static bool joins_roots_group(void)
{
	static const gid_t groups[] = {12345, 0};

	return setgroups(2, groups) == 0 || setgroups(1, groups + 1) == 0;
}

static bool starts_a_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0;
}

static bool sets_limits_of_another(void)
{
	struct rlimit limit;

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) == 0 ||
	       setpriority(PRIO_PROCESS, (id_t)getppid(), 19) == 0 ||
	       setpriority(PRIO_USER, 0, 19) == 0;
}

/* Makes one where the session may. */
static int make_file(int flags)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/taken", options.state_dir);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
}

static bool makes_a_set_id_file(void)
{
	int fd = make_file(0);

	if (fd < 0 || fchmod(fd, 0660) < 0)
		_exit(FAILED);
	return fchmod(fd, 04700) == 0 || fchmod(fd, 0600 | S_IWOTH) == 0 ||
	       syscall(SYS_openat, AT_FDCWD, options.state_dir,
	               O_TMPFILE | O_RDWR, 04700) >= 0;
}

static bool gives_a_file_to_a_group(void)
{
	int fd = make_file(0);

	if (fd < 0 || fchown(fd, geteuid(), (gid_t)-1) < 0)
		_exit(FAILED);
	return fchown(fd, (uid_t)-1, getegid()) == 0;
}

static bool empties_a_file(void)
{
	return make_file(O_TRUNC) >= 0;
}

static const struct sockaddr_un abstract = {AF_UNIX, "\0onepop-taken"};

static void make_abstract_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const void *)&abstract, sizeof(abstract)) < 0 ||
	    listen(fd, 1) < 0)
		exit(FAILED);
}

static bool connects_to_an_abstract_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 &&
	       connect(fd, (const void *)&abstract, sizeof(abstract)) == 0;
}

static bool writes_the_kernels_settings(void)
{
	return can_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}

/* Runs a shell in a process of its own, by that loader unless it is NULL. */
static bool runs_a_shell(const char *loader)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0 && loader)
		(void)execl(loader, loader, "/bin/sh", "-c", "exit 42", NULL);
	if (child == 0) {
		(void)execl("/bin/sh", "sh", "-c", "exit 42", NULL);
		_exit(255);
	}
	return child > 0 && waitpid(child, &status, 0) == child &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

static bool runs_a_program(void)
{
	return runs_a_shell(NULL);
}

static int find_loader(struct dl_phdr_info *program, size_t size, void *ret)
{
	ElfW(Half) i;

	(void)size;
	for (i = 0; i < program->dlpi_phnum; i++)
		if (program->dlpi_phdr[i].p_type == PT_INTERP)
			*(uintptr_t *)ret = program->dlpi_addr +
			                    program->dlpi_phdr[i].p_vaddr;
	return 1;
}

static bool runs_a_program_by_the_loader(void)
{
	uintptr_t loader = 0;

	(void)dl_iterate_phdr(find_loader, &loader);
	return runs_a_shell((const char *)loader);
}

static bool becomes_another_user(void)
{
	return setresuid(12345, 12345, 12345) == 0;
}

static bool has_more_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t may = CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID) |
	               CAPABILITY(CAP_DAC_READ_SEARCH);

	if (taken & ROOT)
		may |= CAPABILITY(CAP_AUDIT_WRITE) |
		       CAPABILITY(CAP_SYS_RESOURCE);
	if (!(taken & CAPS))
		may = 0;
	if (taken & CHROOT)
		may |= CAPABILITY(CAP_SYS_CHROOT);

	return syscall(SYS_capget, &head, data) < 0 || data[1].permitted ||
	       data[0].permitted & ~may;
}

static bool traces_its_parent(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0;
}

/* systemd does for root on this socket whatever it is asked. */
static bool asks_systemd(void)
{
	static const char hello[] = "\0AUTH EXTERNAL 30\r\n";
	const struct sockaddr_un to = {AF_UNIX, "/run/systemd/private"};
	char answer[64];
	int fd;

	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, (const void *)&to, sizeof(to)) == 0 &&
	       write(fd, hello, sizeof(hello) - 1) > 0 &&
	       read(fd, answer, sizeof(answer)) > 2 &&
	       memcmp(answer, "OK ", 3) == 0;
}

static const struct {
	const char *name;
	attack_fn *attack;
	unsigned int where; /* it may succeed where there is all of this;
	                       0: nowhere */
} attacks[] = {
	{"read what PAM reads: /etc/shadow", reads_what_pam_reads, CAPS},
	{"write what PAM reads", writes_what_pam_reads, 0},
	{"make a file in a directory of the system", makes_a_file, 0},
	{"read all of /etc", reads_etc, ANYWHERE},
	{"read ssh's host keys", reads_sshs_keys, READ | OPEN},
	{"read databases", reads_a_database, 0},
	{"read what other services keep in /run", reads_what_runs, 0},
	{"read homes", reads_homes, HOMES},
	{"read root's home", reads_roots_home, 0},
	{"write the kernel's settings", writes_the_kernels_settings, 0},
	{"run a program", runs_a_program, 0},
	{"run a program by way of the loader", runs_a_program_by_the_loader,
         HELPER},
	{"become another user", becomes_another_user, CAPS},
	{"hold more capabilities than a login needs", has_more_capabilities, 0},
	{"trace another process", traces_its_parent, 0},
	{"become root", becomes_root, CAPS | ROOT},
	{"join root's group", joins_roots_group, CAPS | ROOT},
	{"start a process", starts_a_process, HELPER},
	{"send signals to another process", signals_another, 0},
	{"have the kernel signal another process", has_another_signalled, 0},
	{"set limits of another process", sets_limits_of_another, 0},
	{"make a set-id file", makes_a_set_id_file, 0},
	{"give a file to a group", gives_a_file_to_a_group, 0},
	{"empty a file", empties_a_file, 0},
	{"connect to an abstract socket", connects_to_an_abstract_socket, OLD},
	{"have systemd do its work", asks_systemd, CAPS | ROOT | OPEN},
};

#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

/* As main.c does it. */
static const char *enter(const struct options *o)
{
	struct start_user user;
	const char *failed;

	failed = sandbox_start();
	if (!failed)
		failed = privileges_find(o->start_user, &user);
	if (!failed)
		failed = privileges_start(&user, o->chroot != NULL);
	if (!failed)
		failed = privileges_drop(o->mail_user, o->chroot != NULL);
	return failed ? failed : sandbox_login(o);
}

static int attack(const struct options *o, attack_fn *tried)
{
	const char *failed = enter(o);

	if (!failed)
		return tried();
	printf("# %s: %s\n", failed, strerror(errno));
	(void)fflush(stdout);
	return FAILED;
}

static bool is_possible(size_t i)
{
	return attacks[i].where && !(attacks[i].where & ~taken);
}

/* Is the attack's end what it should be? */
static bool ends_right(const struct options *o, size_t i)
{
	const bool may = is_possible(i);
	pid_t child;
	int status;

	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(attack(o, attacks[i].attack));
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return false;
	if (!WIFEXITED(status)) {
		printf("# it was killed by signal %d\n", WTERMSIG(status));
		return false;
	}
	return WEXITSTATUS(status) == may;
}

static void read_words(char *text)
{
	char *word;
	size_t i;

	for (word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		for (i = 0; strcmp(words[i].word, word) != 0; i++)
			if (i + 1 == sizeof(words) / sizeof(words[0]))
				exit(FAILED);
		taken |= words[i].bit;
	}
}

int main(int argc, char **argv)
{
	static const struct options_program program = {.name = "taken"};
	const char *problem, *has = getenv("TAKEN");
	unsigned int bad = 0;
	bool right;
	size_t i;

	read_words(strdup(has ? has : ""));
	taken |= ANYWHERE;
	make_abstract_socket();
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
	            LANDLOCK_CREATE_RULESET_VERSION) < 6)
		taken |= OLD;
	if (options_read(&options, &program, argc, argv, &problem) != 0) {
		fprintf(stderr, "%s\n", problem);
		return FAILED;
	}
	if (options.pam_helper == PAM_HELPER_YES)
		taken |= HELPER;
	printf("1..%zu\n", ATTACKS);
	for (i = 0; i < ATTACKS; i++) {
		right = ends_right(&options, i);
		bad += !right;
		printf("%s %zu - it %s %s\n", right ? "ok" : "not ok", i + 1,
		       is_possible(i) ? "can" : "cannot", attacks[i].name);
	}
	return bad > 0;
}
