/* SPDX-License-Identifier: ISC */
#include "box.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/fileio.h"

static void a_mailbox_that_is_not_there_is_empty(void **state)
{
	(void)state;
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(m.fd, -1);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 0);
	assert_int_equal(faccessat(dir, "box", F_OK, 0), -1);
}

static void a_mailbox_may_stand_in_directories(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdirat(dir, "a", 0700), 0);
	assert_int_equal(mkdirat(dir, "a/b", 0700), 0);
	fd = openat(dir, "a/b/box", O_WRONLY | O_CREAT, 0600);
	support_write(fd, ALL, sizeof(ALL) - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_box("a/b/box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 3);
}

static void is_unsafe(const char *name)
{
	m.problem = NULL;
	assert_int_equal(open_box(name), MBOX_UNSAFE);
	assert_non_null(m.problem);
	mbox_close(&m);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dir, "directory", 0700), 0);
	is_unsafe("directory");
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	is_unsafe("fifo");
	assert_int_equal(mknodat(dir, "socket", S_IFSOCK | 0600, 0), 0);
	is_unsafe("socket");
}

static void a_link_is_refused_wherever_it_stands(void **state)
{
	(void)state;
	deliver(ALL, 0);
	assert_int_equal(symlinkat("box", dir, "link"), 0);
	is_unsafe("link");
	assert_int_equal(symlinkat("none", dir, "dangling"), 0);
	is_unsafe("dangling");
	assert_int_equal(symlinkat(".", dir, "here"), 0);
	is_unsafe("here/box");
	assert_int_equal(mkdirat(dir, "sub", 0700), 0);
	is_unsafe("sub/../../etc/passwd");
	is_unsafe("/etc/passwd");
	assert_int_equal(linkat(dir, "box", dir, "second", 0), 0);
	is_unsafe("box");
	is_unsafe("second");
}

static void another_users_file_is_refused(void **state)
{
	(void)state;
	deliver(ALL, 0);
	assert_int_equal(mbox_open(&m, dir, "box", geteuid() + 1), MBOX_UNSAFE);
	assert_non_null(m.problem);
}

static void a_path_that_cannot_be_walked_is_an_error(void **state)
{
	(void)state;
	deliver(ALL, 0);
	assert_int_equal(open_box("box/box"), MBOX_ERROR);
	assert_int_equal(errno, ENOTDIR);
}

/* Opens the mailbox as uid after a chmod: it must be refused as what says. */
static void refused_as(uid_t uid, mode_t mode, const char *what)
{
	pid_t pid;

	assert_int_equal(fchmodat(dir, "box", mode, 0), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (uid != geteuid() &&
		    (fchmod(open(path, O_RDONLY), 0755) < 0 ||
		     setresuid(uid, uid, uid) < 0))
			_exit(2);
		_exit(open_box("box") != MBOX_UNSAFE ||
		      strcmp(m.problem, what) != 0);
	}
	support_reap(pid, 0);
}

/* The owner must be able to read and write the mailbox. */
static void a_file_that_may_not_be_written_is_refused(void **state)
{
	uid_t uid = geteuid() ? geteuid() : 65534;

	(void)state;
	deliver(ALL, 0);
	if (geteuid() == 0) {
		refused_as(uid, 0600, "it belongs to another user");
		assert_int_equal(fchownat(dir, "box", uid, uid, 0), 0);
	}
	refused_as(uid, 0400, "its owner may not read and write it");
}

static void set_attribute(int attribute)
{
	int fd = openat(dir, "box", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, FS_IOC_SETFLAGS, &attribute), 0);
	assert_int_equal(close(fd), 0);
}

/* Removes the attribute before it asserts: else the file cannot be removed. */
static void a_file_that_is_immutable_is_no_other_users(void **state)
{
	static const int attributes[] = {FS_APPEND_FL, FS_IMMUTABLE_FL};
	enum mbox_status status;
	size_t i;

	(void)state;
	if (geteuid() != 0) {
		print_message("left out, it needs root\n");
		return;
	}
	deliver(ALL, 0);
	for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		set_attribute(attributes[i]);
		status = open_box("box");
		set_attribute(0);
		assert_int_equal(status, MBOX_UNSAFE);
		assert_string_equal(m.problem, "it is immutable or may only be "
		                               "appended to: see lsattr");
	}
}

static void a_directory_that_may_not_be_searched_is_named(void **state)
{
	uid_t uid = geteuid() ? geteuid() : 65534;
	pid_t pid;

	(void)state;
	deliver(ALL, 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (fchmod(open(path, O_RDONLY), 0700) < 0 ||
		    (uid == geteuid() ? fchmod(open(path, O_RDONLY), 0600)
		                      : setresuid(uid, uid, uid)) < 0)
			_exit(2);
		_exit(open_box("box") != MBOX_UNSAFE ||
		      strcmp(m.problem,
		             "its owner may not search its directory") != 0);
	}
	support_reap(pid, 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static long file_system;

static int other_fstatfs(int fd, struct statfs *fs)
{
	(void)fd;
	memset(fs, 0, sizeof(*fs));
	fs->f_type = file_system;
	return file_system ? 0 : -1;
}

static void a_network_file_system_must_be_asked_for(void **state)
{
	static const long types[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
	                             0xff534d42, 0xfe534d42, V9FS_MAGIC};
	struct fileio saved = fileio;
	size_t i;

	(void)state;
	deliver(ALL, 0);
	fileio.fstatfs = other_fstatfs;
	for (i = 0; i < LENGTH(types); i++) {
		file_system = types[i];
		m.network = false;
		is_unsafe("box");
		m.network = true;
		assert_int_equal(open_box("box"), MBOX_OK);
		mbox_close(&m);
	}
	file_system = 0;
	assert_int_equal(open_box("box"), MBOX_ERROR);
	fileio = saved;
}

/* Makes the lock file box.lock; age is in seconds. */
static void make_dotlock(int age)
{
	struct timespec times[2] = {{0, UTIME_OMIT}, {0, 0}};
	int fd = openat(dir, "box.lock", O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	times[1].tv_sec = time(NULL) - age;
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(close(fd), 0);
}

static void a_lock_file_is_waited_for_unless_it_is_old(void **state)
{
	(void)state;
	deliver(ALL, 0);
	make_dotlock(0);
	assert_int_equal(open_box("box"), MBOX_BUSY);
	mbox_close(&m);
	assert_string_equal(m.problem,
	                    "it is locked by a .lock file beside it");
	make_dotlock(-10);
	assert_int_equal(open_box("box"), MBOX_BUSY);
	mbox_close(&m);
	make_dotlock(24 * 3600);
	assert_int_equal(open_box("box"), MBOX_OK);
	mbox_close(&m);
	make_dotlock(-24 * 3600);
	assert_int_equal(open_box("box"), MBOX_OK);
	mbox_close(&m);
	assert_int_equal(faccessat(dir, "box.lock", F_OK, 0), 0);
}

/* box.lock may be the mailbox of a user with that name. */
static void a_mailbox_with_such_a_name_is_no_lock_file(void **state)
{
	static const char mail[] =
		"From a@example.org Thu Jan  1 00:00:00 2026\n"
		"Received: from mail.example.org (mail.example.org "
		"[192.0.2.25])\n\tby mx.example.org (Postfix) with ESMTP id "
		"4F60EE7\n\tfor <box.lock@example.org>; Thu,  1 Jan 2026 "
		"00:00:00 +0000 (UTC)\nMessage-ID: <1@example.org>\n"
		"From: a@example.org\nTo: box.lock@example.org\n"
		"Subject: one\n\nbody\n\n";
	int fd;

	(void)state;
	deliver(ALL, 0);
	make_dotlock(0);
	fd = openat(dir, "box.lock", O_WRONLY);
	support_write(fd, mail, sizeof(mail) - 1);
	assert_int_equal(open_box("box"), MBOX_OK);
	mbox_close(&m);
	assert_int_equal(ftruncate(fd, 20), 0);
	assert_int_equal(open_box("box"), MBOX_BUSY);
	mbox_close(&m);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlinkat(dir, "box.lock", 0), 0);
	assert_int_equal(mkdirat(dir, "box.lock", 0700), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(unlinkat(dir, "box.lock", AT_REMOVEDIR), 0);
}

/* Even an empty file of another user locks nobody out. */
static void another_users_file_is_no_lock_file(void **state)
{
	int owner;

	(void)state;
	if (geteuid() != 0)
		skip();
	deliver(ALL, 0);
	make_dotlock(0);
	for (owner = 998; owner < 1002; owner++) {
		assert_int_equal(fchownat(dir, "box.lock", (uid_t)owner, 0, 0),
		                 0);
		assert_int_equal(open_box("box"),
		                 owner < 1000 ? MBOX_BUSY : MBOX_OK);
		mbox_close(&m);
	}
}

static void remove_dotlock(int signal)
{
	(void)signal;
	(void)unlinkat(dir, "box.lock", 0);
}

static void a_lock_file_that_goes_is_waited_for(void **state)
{
	struct sigaction act = {.sa_handler = remove_dotlock};

	(void)state;
	deliver(ALL, 0);
	make_dotlock(0);
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(ualarm(60000, 0), 0);
	m.lock_timeout = 20;
	assert_int_equal(mbox_open(&m, dir, "box", geteuid()), MBOX_OK);
}

/* open(2) would wait for the lease's holder, usually up to 45 seconds. */
static void a_lease_is_not_waited_for(void **state)
{
	int fd;

	(void)state;
	deliver(ALL, 0);
	fd = openat(dir, "box", O_RDONLY);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	assert_int_equal(sigaction(SIGIO,
	                           &(struct sigaction){.sa_handler = SIG_IGN},
	                           NULL),
	                 0);
	assert_int_equal(open_box("box"), MBOX_BUSY);
	assert_string_equal(m.problem, "another program has a lease on it");
	assert_int_equal(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(a_mailbox_that_is_not_there_is_empty),
		BOX_TEST(a_mailbox_may_stand_in_directories),
		BOX_TEST(what_is_no_file_is_refused),
		BOX_TEST(a_link_is_refused_wherever_it_stands),
		BOX_TEST(another_users_file_is_refused),
		BOX_TEST(a_path_that_cannot_be_walked_is_an_error),
		BOX_TEST(a_file_that_may_not_be_written_is_refused),
		BOX_TEST(a_file_that_is_immutable_is_no_other_users),
		BOX_TEST(a_directory_that_may_not_be_searched_is_named),
		BOX_TEST(a_network_file_system_must_be_asked_for),
		BOX_TEST(a_lock_file_is_waited_for_unless_it_is_old),
		BOX_TEST(a_mailbox_with_such_a_name_is_no_lock_file),
		BOX_TEST(another_users_file_is_no_lock_file),
		BOX_TEST(a_lock_file_that_goes_is_waited_for),
		BOX_TEST(a_lease_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
