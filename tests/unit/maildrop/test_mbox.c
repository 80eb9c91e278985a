#include "support.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/fileio.h"
#include "base/lock.h"
#include "maildrop/mbox.h"
#include "maildrop/mboxfile.h"
#include "maildrop/mboxopen.h"
#include "maildrop/mboxread.h"
#include "maildrop/mboxremove.h"
#include "state.h"

#define F "From a@b Thu Jan  2 03:04:05 2020\n"

/* Three messages and what stands before them */
#define LEADING "\n"
#define ONE     F "Subject: one\n\nfirst\n\n"
#define OWN     F "Subject: own\n\nother\n\n"
#define TWO     F "Subject: two\n\nsecond\n\n"
#define THREE   F "Subject: three\n\nthird\n"
#define ALL     LEADING ONE TWO THREE

static char *path; /* of a directory */
static int dir;
static struct mbox m;
static struct journal journal;

static int begin_in(const char *where)
{
	path = support_directory(where);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mbox_init(&m, 0, false);
	assert_int_equal(open_journal(&journal, path, "box", 0), 0);
	return dir < 0;
}

static int begin(void **state)
{
	(void)state;
	return begin_in("/tmp");
}

/* A hole costs no time there. */
static int begin_in_memory(void **state)
{
	(void)state;
	return begin_in("/dev/shm");
}

static int end(void **state)
{
	(void)state;
	mbox_close(&m);
	journal_close(&journal);
	(void)close(dir);
	support_remove(path);
	return 0;
}

/* Writes the mailbox anew, in place; at is O_TRUNC or O_APPEND. */
static void deliver(const char *text, int flag)
{
	int fd = openat(dir, "box", O_WRONLY | O_CREAT | flag, 0600);

	assert_true(fd >= 0);
	support_write(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static void box_holds(const char *text)
{
	int fd = openat(dir, "box", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	support_holds(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static enum mbox_status open_box(const char *name)
{
	m.lock_timeout = 0;
	return mbox_open(&m, dir, name, geteuid());
}

static void scan_box(const char *text)
{
	deliver(text, O_TRUNC);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
}

static struct mbox_message message(uint32_t i)
{
	struct mbox_message ret;

	assert_int_equal(mbox_message(&m, i, &ret), MBOX_OK);
	return ret;
}

/* As a session does: it looks the message up before it reads. */
static enum mbox_status read_on(uint32_t i, off_t *at, struct mbox_window *ret)
{
	struct mbox_message found;
	enum mbox_status status = mbox_message(&m, i, &found);

	return status == MBOX_OK ? mbox_read(&m, i, &found, at, ret) : status;
}

static void a_mailbox_that_is_not_there_is_empty(void **state)
{
	(void)state;
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(m.fd, -1);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 0);
	assert_int_equal(faccessat(dir, "box", F_OK, 0), -1);
}

static void an_empty_mailbox_is_empty(void **state)
{
	(void)state;
	scan_box("");
	assert_int_equal(m.index.count, 0);
}

static void the_messages_are_found(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(m.index.count, 3);
	assert_int_equal(message(0).start, 1);
	assert_int_equal(message(1).start, sizeof(LEADING ONE) - 1);
	assert_int_equal(message(2).start, sizeof(LEADING ONE TWO) - 1);
	assert_int_equal(message(2).end, sizeof(ALL) - 1);
	assert_int_equal(m.seen.st_size, sizeof(ALL) - 1);
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

/* Opens the mailbox, of that mode, as uid; why it is refused must be this. */
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

/* An account that may not write the file is no owner to work as. */
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

/* Nothing is asserted before the attribute is off: else the file stays. */
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
	struct fileio saved = calls;
	size_t i;

	(void)state;
	deliver(ALL, 0);
	calls.fstatfs = other_fstatfs;
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
	calls = saved;
}

/* Makes box.lock, as a program does that locks so; of that age in seconds. */
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
	assert_string_equal(m.problem, "a file with .lock added is beside it");
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

/* The mailbox of a user whose name is box.lock is none. */
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

/* Also when it is empty; and another user can keep nobody out. */
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

/* open(2) would wait for another to give it up, for 45 seconds as a rule. */
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

static void what_is_no_mbox_is_told(void **state)
{
	(void)state;
	deliver("hello\n", 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_NOT_MBOX);
	box_holds("hello\n");
}

/* Reads a message to its end; it must be this text. */
static void message_is(uint32_t i, const char *text)
{
	struct mbox_window w;
	off_t at = 0;
	size_t n = strlen(text);

	for (;;) {
		assert_int_equal(read_on(i, &at, &w), MBOX_OK);
		if (w.n == 0)
			break;
		assert_true(w.n <= n);
		assert_memory_equal(w.buf, text, w.n);
		text += w.n;
		n -= w.n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(read_on(i, &at, &w), MBOX_OK);
	assert_int_equal(w.n, 0);
}

static void each_message_is_read_from_its_header_on(void **state)
{
	(void)state;
	scan_box(ALL F F F "\n" F);
	message_is(0, "Subject: one\n\nfirst\n");
	message_is(2, "Subject: three\n\nthird\n" F F F);
	message_is(1, "Subject: two\n\nsecond\n");
	message_is(3, "");
}

/* Headers and bodies larger than any window */
static void large_messages_are_read_whole(void **state)
{
	const size_t size = 3 << 20;
	char *text = malloc(2 * size + 64), *p;
	size_t i;

	(void)state;
	assert_non_null(text);
	p = text + sprintf(text, "%s", F);
	for (i = 0; i < size / 16; i++)
		p += sprintf(p, "X-%08zu: 123\n", i);
	p += sprintf(p, "\n");
	for (i = 0; i < size / 16; i++)
		p += sprintf(p, "%015zu\n", i);
	scan_box(text);
	assert_int_equal(m.index.count, 1);
	message_is(0, text + sizeof(F) - 1);
	/* A change in the middle of such a header is seen as well. */
	text[size / 2] ^= 1;
	deliver(text, 0);
	assert_int_equal(read_on(0, &(off_t){0}, &(struct mbox_window){0}),
	                 MBOX_CHANGED);
	free(text);
}

/* A message larger than the window, behind another one. */
static char *large_behind(const char *first)
{
	char *text = malloc(300000), *p;
	int i;

	assert_non_null(text);
	p = text + sprintf(text, "%s" F "Subject: large\n\n", first);
	for (i = 0; i < 12000; i++)
		p += sprintf(p, "a line of words %03d\n", i % 7);
	(void)sprintf(p, "\nthe end\n\n" F "Subject: last\n\nlast\n");
	return text;
}

/*
 * What is behind the window stands elsewhere, or is other mail, when the
 * client has got the first part of the message.
 */
static void a_message_is_not_put_together_of_two(void **state)
{
	const char *const firsts[] = {
		F "Status: RO\nSubject: one\n\nfirst\n\n",
		F "Subject: ene\n\nfirst, and a line\nanother\n\n",
	};
	char *listed = large_behind(ONE), *now;
	struct mbox_window w;
	off_t at;
	size_t i;

	(void)state;
	scan_box(listed);
	for (i = 0; i < LENGTH(firsts); i++) {
		at = 0;
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
		assert_true(at < message(1).end);
		now = large_behind(firsts[i]);
		deliver(now, 0);
		free(now);
		assert_int_equal(read_on(1, &at, &w), MBOX_CHANGED);
		deliver(listed, O_TRUNC);
	}
	free(listed);
}

/* Its place is as it was: mail behind it, and marks, come and go. */
static void a_message_is_read_on_with_after_a_change_elsewhere(void **state)
{
	char *listed = large_behind(ONE), *now = large_behind(OWN);
	struct mbox_window w;
	off_t at = 0;
	size_t n = 0;

	(void)state;
	assert_int_equal(sizeof(OWN), sizeof(ONE));
	scan_box(listed);
	do {
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
		assert_memory_equal(w.buf, listed + message(1).text + n, w.n);
		n += w.n;
		deliver(now, 0);
		deliver("\n" ONE, O_APPEND);
	} while (w.n);
	assert_int_equal(message(1).text + (off_t)n, message(1).end);
	free(now);
	free(listed);
}

static enum mbox_status try_read(uint32_t i)
{
	struct mbox_window w;
	off_t at = 0;

	return read_on(i, &at, &w);
}

static enum mbox_status try_remove(uint8_t gone)
{
	return mbox_remove(&m, &journal, &gone);
}

static void reading_leaves_the_access_time(void **state)
{
	const struct timespec old[] = {{1000, 1}, {2000, 2}};
	struct stat st;

	(void)state;
	deliver(ALL, 0);
	assert_int_equal(utimensat(dir, "box", old, 0), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(try_read(1), MBOX_OK);
	assert_int_equal(fstat(m.fd, &st), 0);
	assert_int_equal(st.st_atim.tv_sec, 1000);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
}

static void the_lock_of_another_is_waited_for_and_told(void **state)
{
	int other;

	(void)state;
	scan_box(ALL);
	other = openat(dir, "box", O_RDWR | O_CLOEXEC);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(mbox_scan(&m, false), MBOX_BUSY);
	assert_int_equal(try_read(0), MBOX_BUSY);
	assert_int_equal(try_remove(1), MBOX_BUSY);
	unlock_file(other);
	assert_int_equal(lock_file(other, LOCK_SHARED, 0), 0);
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(try_remove(1), MBOX_BUSY);
	assert_int_equal(close(other), 0);
	box_holds(ALL);
}

static void no_lock_is_left_behind(void **state)
{
	int other;

	(void)state;
	scan_box(ALL);
	other = openat(dir, "box", O_RDWR | O_CLOEXEC);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	unlock_file(other);
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	unlock_file(other);
	assert_int_equal(try_remove(2), MBOX_OK);
	assert_int_equal(lock_file(other, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(close(other), 0);
}

static const struct {
	uint8_t gone;
	const char *left;
} removals[] = {
	{0, ALL},
	{1, LEADING TWO THREE},
	{2, LEADING ONE THREE},
	{4, LEADING ONE TWO},
	{3, LEADING THREE},
	{5, LEADING TWO},
	{6, LEADING ONE},
	{7, LEADING},
};

static void each_removal_leaves_the_other_messages(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(removals); i++) {
		scan_box(ALL);
		assert_int_equal(try_remove(removals[i].gone), MBOX_OK);
		box_holds(removals[i].left);
		mbox_close(&m);
	}
}

/* It starts a message only behind a blank line. */
#define BARE F "\nno field\n\n"

static const struct {
	const char *box;
	uint8_t gone;
	const char *left;
} unblanked[] = {
	{F "S: x\n\na\n" ONE BARE, 2, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" ONE "\n\n" BARE, 2, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" F "S: y\r\n\r\n" BARE, 2, F "S: x\n\na\n\r\n" BARE},
	{F "S: x\n\na\n" F "S: y\n\n" ONE BARE, 6, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" ONE BARE, 1, ONE BARE},
	{F "S: x\n\na\n" ONE BARE, 3, BARE},
	{F "S: x\n\na\n" ONE, 2, F "S: x\n\na\n"},
	{F "S: x\n\na\n" F "S: y\n\nb\n" ONE, 2, F "S: x\n\na\n" ONE},
	{F "S: x\n\na\n\n" ONE BARE, 2, F "S: x\n\na\n\n" BARE},
};

/* What starts a message behind a blank line goes on to do so. */
static void no_message_is_lost_with_the_one_before_it(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(unblanked); i++) {
		scan_box(unblanked[i].box);
		assert_int_equal(try_remove(unblanked[i].gone), MBOX_OK);
		box_holds(unblanked[i].left);
		mbox_close(&m);
	}
}

static void mail_that_came_meanwhile_is_kept(void **state)
{
	char want[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(removals); i++) {
		scan_box(ALL "\n");
		deliver(F "\nnew\n\n", O_APPEND);
		assert_int_equal(m.index.count, 3);
		message_is(2, "Subject: three\n\nthird\n");
		assert_int_equal(try_remove(removals[i].gone), MBOX_OK);
		(void)snprintf(want, sizeof(want), "%s%s%s", removals[i].left,
		               removals[i].gone & 4 ? "" : "\n", F "\nnew\n\n");
		box_holds(want);
		mbox_close(&m);
	}
}

static void changed_by(const char *text, uint8_t gone)
{
	scan_box(ALL);
	deliver(text, O_TRUNC);
	assert_int_equal(try_remove(gone), MBOX_CHANGED);
	box_holds(text);
	mbox_close(&m);
}

/* Nothing is removed where it is no longer what was listed. */
static void foreign_changes_are_seen(void **state)
{
	(void)state;
	changed_by("", 1);
	changed_by(LEADING ONE TWO, 4);
	changed_by(LEADING ONE THREE TWO, 2);
	changed_by(LEADING TWO THREE ONE ONE, 1);
	changed_by(LEADING F "Subject: One\n\nfirst\n\n" TWO THREE, 1);
	changed_by(LEADING F "Subject: one\n\nfirst\n\nx" TWO THREE, 1);
	changed_by(LEADING ONE TWO THREE "more\n", 4);
	scan_box(ALL);
	deliver(LEADING F "Subject: One\n\nfirst\n\n" TWO THREE, O_TRUNC);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_read(1), MBOX_OK);
	deliver(LEADING ONE TWO, O_TRUNC);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_read(2), MBOX_CHANGED);
}

static void a_mailbox_put_in_its_place_is_seen(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(renameat(dir, "box", dir, "old"), 0);
	assert_int_equal(try_read(0), MBOX_OK); /* it is still the file */
	assert_int_equal(unlinkat(dir, "old", 0), 0);
	deliver(ALL, 0);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_remove(1), MBOX_CHANGED);
	box_holds(ALL);
}

/* The same size, the same header, but in the body another message. */
static void mail_within_what_is_to_go_is_seen(void **state)
{
	static const char split[] = F "Subject: one\n\n" F "\nkept\n\n";
	char whole[sizeof(split)];

	(void)state;
	memset(whole, 'x', sizeof(whole));
	memcpy(whole, F "Subject: one\n\n", sizeof(F "Subject: one\n\n") - 1);
	memcpy(whole + sizeof(whole) - 3, "\n\n", 3);
	scan_box(whole);
	assert_int_equal(m.index.count, 1);
	deliver(split, 0);
	assert_int_equal(try_remove(1), MBOX_CHANGED);
	box_holds(split);
}

static void its_growth_since_the_scan_is_counted(void **state)
{
	(void)state;
	assert_int_equal(mbox_size(&m), 0);
	assert_int_equal(mbox_growth(&m), 0);
	scan_box(ALL);
	assert_int_equal(mbox_size(&m), sizeof(ALL) - 1);
	assert_int_equal(mbox_growth(&m), 0);
	deliver("\n" ONE, O_APPEND);
	assert_int_equal(mbox_size(&m) + mbox_growth(&m), sizeof(ALL ONE));
}

static void duplicates_are_numbered_in_their_order(void **state)
{
	static const uint32_t want[] = {1, 1, 2, 0, 2, 3};
	size_t i;

	(void)state;
	scan_box(ONE TWO ONE THREE "\n" TWO ONE);
	assert_int_equal(m.index.count, 6);
	for (i = 0; i < LENGTH(want); i++)
		assert_int_equal(message(i).duplicate, want[i]);
}

/* Calls that fail: the number of the one that does, 0 for none */
static int fail_at, call;
static struct fileio real;

static int fails(void)
{
	if (++call != fail_at)
		return 0;
	errno = EIO;
	return 1;
}

static ssize_t faulty_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails() ? -1 : real.pread(fd, buf, n, at);
}

static int faulty_fstat(int fd, struct stat *st)
{
	return fails() ? -1 : real.fstat(fd, st);
}

static int faulty_lock(int fd, struct flock *l)
{
	return l->l_type != F_UNLCK && fails() ? -1 : real.lock(fd, l);
}

static int faulty_ftruncate(int fd, off_t size)
{
	return fails() ? -1 : real.ftruncate(fd, size);
}

static int locks;

static int counted_lock(int fd, struct flock *l)
{
	locks += l->l_type != F_UNLCK;
	return real.lock(fd, l);
}

static off_t octets_read;

static ssize_t counted_pread(int fd, void *buf, size_t n, off_t at)
{
	ssize_t got = real.pread(fd, buf, n, at);

	octets_read += got > 0 ? got : 0;
	return got;
}

/* Nobody has written for some time. */
static int settled_fstat(int fd, struct stat *st)
{
	int r = real.fstat(fd, st);

	st->st_ctim.tv_sec -= 3;
	return r;
}

#define LONG_HEADER (3 << 20) /* octets */

/* A message with such a header, and as much of a body, behind another one. */
static char *long_behind(const char *first)
{
	char *text = malloc(2 * LONG_HEADER + 256);

	assert_non_null(text);
	(void)sprintf(text, "%s" F "X: %0*d\n\n%0*d\n", first, LONG_HEADER, 1,
	              LONG_HEADER, 2);
	return text;
}

/* How often the octets of that message are read for a client. */
static off_t readings(void)
{
	struct mbox_window w;
	off_t at = 0;

	octets_read = 0;
	do
		assert_int_equal(read_on(1, &at, &w), MBOX_OK);
	while (w.n);
	return octets_read / (message(1).end - message(1).start);
}

/* Else who sends such mail would have it read again for each window. */
static void a_long_header_is_read_a_few_times_and_no_more(void **state)
{
	char *text = long_behind(ONE);

	(void)state;
	real = calls;
	calls.fstat = settled_fstat;
	scan_box(text);
	free(text);
	calls.pread = counted_pread;
	m.network = true;
	assert_in_range(readings(), 1, 3);
	m.network = false;
	assert_in_range(readings(), 1, 2);
	calls = real;
}

/* Times that tell of nothing, as another machine's clock may give them. */
static int timeless_fstat(int fd, struct stat *st)
{
	int r = real.fstat(fd, st);

	st->st_mtim = st->st_ctim = (struct timespec){1700000000, 0};
	return r;
}

/* Reads on with the message until that much of it has come, or a failure. */
static enum mbox_status read_to(off_t *at, off_t to)
{
	enum mbox_status status = MBOX_OK;
	struct mbox_window w = {.n = 1};

	while (status == MBOX_OK && *at < to && w.n > 0)
		status = read_on(1, at, &w);
	return status;
}

/* Changes an octet of the header, unseen, when so much has been read. */
static off_t change_unseen(char *listed, off_t read, off_t change)
{
	off_t at = 0;

	assert_int_equal(read_to(&at, read), MBOX_OK);
	listed[change] ^= 1;
	deliver(listed, 0);
	assert_int_equal(read_to(&at, message(1).end), MBOX_CHANGED);
	listed[change] ^= 1;
	deliver(listed, 0);
	return at;
}

/* Before its end has come or, if that has, at once, for its both ends. */
static void a_long_header_that_changes_unseen_is_told(void **state)
{
	const off_t start = sizeof(ONE) - 1,
		    body = start + (off_t)strlen(F "X: \n\n") + LONG_HEADER,
		    middle = start + LONG_HEADER / 2, late = body + 300000;
	const struct {
		off_t read, change;
	} cases[] = {
		{1, start + 70},    {1, middle},          {1, body - 9},
		{middle, start},    {middle, start + 70}, {middle, middle - 9},
		{middle, middle},   {middle, body - 9},   {late, start},
		{late, start + 70}, {late, body - 9},
	};
	char *listed = long_behind(ONE);
	size_t i;
	off_t at;

	(void)state;
	scan_box(listed);
	assert_int_equal(message(1).body, body);
	m.network = true;
	real = calls;
	calls.fstat = timeless_fstat;
	for (i = 0; i < LENGTH(cases); i++) {
		at = change_unseen(listed, cases[i].read, cases[i].change);
		assert_in_range(at, cases[i].read,
		                cases[i].read > body ? late + (128 << 10)
		                                     : body - 1);
	}
	calls = real;
	free(listed);
}

/* Other mail has come to stand there. */
static void a_long_message_is_not_put_together_of_two(void **state)
{
	char *listed = long_behind(ONE), *now = long_behind(F "\n\n");
	const off_t to[] = {1, LONG_HEADER / 2, LONG_HEADER + 300000};
	struct mbox_window w;
	size_t i;
	off_t at;

	(void)state;
	memset(now + strlen(now), 'x', sizeof(ONE) - sizeof(F "\n\n"));
	scan_box(listed);
	m.network = true;
	real = calls;
	calls.fstat = timeless_fstat;
	for (i = 0; i < LENGTH(to); i++) {
		at = 0;
		assert_int_equal(read_to(&at, to[i]), MBOX_OK);
		deliver(now, 0);
		assert_int_equal(read_on(1, &at, &w), MBOX_CHANGED);
		deliver(listed, 0);
	}
	calls = real;
	free(listed);
	free(now);
}

static void what_follows_is_read_at_once(void **state)
{
	(void)state;
	real = calls;
	calls.fstat = settled_fstat;
	scan_box(ALL);
	calls.lock = counted_lock;
	locks = 0;
	assert_int_equal(try_read(0), MBOX_OK);
	assert_int_equal(try_read(1), MBOX_OK);
	assert_int_equal(try_read(2), MBOX_OK);
	assert_int_equal(try_read(0), MBOX_OK);
	calls = real;
	assert_int_equal(locks, 1);
}

#define LARGE 20000 /* octets */

static void deliver_large(int n)
{
	static char text[LARGE + 1];

	memset(text, 'x', LARGE);
	memcpy(text, F "\n", sizeof(F));
	memcpy(text + LARGE - 2, "\n\n", 3);
	for (; n > 0; n--)
		deliver(text, O_APPEND);
}

/* The octets that are read for a client who takes n messages. */
static off_t cost(uint32_t step, uint32_t n)
{
	uint32_t i;

	octets_read = 0;
	for (i = 0; i < n; i++)
		assert_int_equal(try_read(i * step), MBOX_OK);
	return octets_read;
}

static void what_does_not_follow_is_not_read(void **state)
{
	(void)state;
	real = calls;
	calls.fstat = settled_fstat;
	deliver_large(30);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 30);
	calls.pread = counted_pread;
	assert_in_range(cost(5, 6), 5 * LARGE, 6 * LARGE + 4096);
	assert_in_range(cost(1, 30), 29 * LARGE, 40 * LARGE);
	calls = real;
}

/* Another program writes, later than the file's times can tell. */
static void change(const char *text, int flag)
{
	const struct timespec times[] = {{1, 0}, {2, 0}};

	deliver(text, flag);
	assert_int_equal(utimensat(dir, "box", times, 0), 0);
}

static void what_was_read_is_not_given_after_a_change(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(try_read(0), MBOX_OK);
	change(LEADING ONE THREE TWO, 0);
	assert_int_equal(try_read(1), MBOX_CHANGED);
	assert_int_equal(try_read(0), MBOX_OK);
	change("\n" ONE, O_APPEND);
	assert_int_equal(try_read(0), MBOX_OK);
}

/* The index of this mailbox as the next login has it, but for one octet. */
static void damage_index(void)
{
	char octet = 0;
	int fd;

	open_index(&m.index, path, "box");
	scan_box(ALL);
	assert_int_equal(index_load(&m.index), 0);
	fd = openat(dir, "box.index", O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &octet, 1, 2 * BLOCKFILE_OCTETS), 1);
	octet = (char)~octet;
	assert_int_equal(pwrite(fd, &octet, 1, 2 * BLOCKFILE_OCTETS), 1);
	assert_int_equal(close(fd), 0);
}

static void a_damaged_index_is_made_anew(void **state)
{
	(void)state;
	damage_index();
	assert_int_equal(message(1).start, sizeof(LEADING ONE) - 1);
	message_is(0, "Subject: one\n\nfirst\n");
	message_is(1, "Subject: two\n\nsecond\n");
	assert_int_equal(try_remove(1), MBOX_OK);
	box_holds(LEADING TWO THREE);
}

/* Other mail may have these numbers now. */
static void no_index_is_made_anew_of_another_mailbox(void **state)
{
	struct mbox_message ret;

	(void)state;
	damage_index();
	change(LEADING ONE THREE TWO, 0);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(try_remove(2), MBOX_ERROR);
	box_holds(LEADING ONE THREE TWO);
}

/* It had three messages, and as many are what the session counts. */
static void an_index_that_comes_out_otherwise_lists_nothing(void **state)
{
	struct mbox_message ret;

	(void)state;
	damage_index();
	deliver(LEADING ONE TWO, O_TRUNC);
	assert_int_equal(fstatat(dir, "box", &m.seen, 0), 0);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(mbox_message(&m, 1, &ret), MBOX_ERROR);
	assert_int_equal(try_read(0), MBOX_ERROR);
	assert_int_equal(try_remove(1), MBOX_ERROR);
}

static enum mbox_status whole_use(void)
{
	struct mbox_window w;
	off_t at = 0;
	enum mbox_status status;

	status = open_box("box");
	if (status == MBOX_OK)
		status = mbox_scan(&m, false);
	do {
		if (status == MBOX_OK)
			status = read_on(2, &at, &w);
	} while (status == MBOX_OK && w.n);
	if (status == MBOX_OK)
		status = try_remove(4);
	return status;
}

static void each_call_that_fails_is_told(void **state)
{
	enum mbox_status status = MBOX_ERROR;
	char *big = malloc(600000);

	(void)state;
	assert_non_null(big);
	(void)sprintf(big, "%s%s%s\nX: %0300000d\n\n%0200000d\n", LEADING,
	              ONE TWO, F "Y: z", 1, 2);
	real = calls;
	for (fail_at = 1; status != MBOX_OK; fail_at++) {
		assert_true(fail_at < 1000);
		deliver(big, O_TRUNC);
		call = 0;
		calls.pread = faulty_pread;
		calls.fstat = faulty_fstat;
		calls.lock = faulty_lock;
		calls.ftruncate = faulty_ftruncate;
		status = whole_use();
		calls = real;
		if (status == MBOX_OK)
			break;
		assert_int_equal(status, MBOX_ERROR);
		assert_int_equal(errno, EIO);
		box_holds(big);
		mbox_close(&m);
	}
	assert_true(fail_at > 10);
	box_holds(LEADING ONE TWO);
	free(big);
}

static ssize_t cut_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	return 0;
}

static void a_file_cut_under_the_lock_is_an_error(void **state)
{
	(void)state;
	deliver(ALL, 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	real = calls;
	calls.pread = cut_pread;
	assert_int_equal(mbox_scan(&m, false), MBOX_ERROR);
	calls = real;
}

/* Holes read as NULs: one line of five GiB, and a message behind it */
static void offsets_past_4_gib_work(void **state)
{
	static const char behind[] = "\n\n" F "Subject: far\n\nbehind\n";
	const off_t far = INT64_C(5) << 30;
	struct stat st;
	int fd;

	(void)state;
	deliver(F "Subject: near\n\n", O_TRUNC);
	fd = openat(dir, "box", O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, behind, sizeof(behind) - 1, far),
	                 sizeof(behind) - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, 2);
	assert_int_equal(message(1).start, far + 2);
	assert_int_equal(message(0).octets, far + 1 - 34 + 3);
	message_is(1, "Subject: far\n\nbehind\n");
	assert_int_equal(try_remove(2), MBOX_OK);
	assert_int_equal(fstat(m.fd, &st), 0);
	assert_int_equal(st.st_size, far + 2);
}

static void a_million_messages_work(void **state)
{
	static const char one[] = F "\n";
	const size_t count = 1000000, n = sizeof(one) - 1;
	char *text = malloc(count * n);
	uint8_t *gone;
	size_t i;
	int fd;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < count; i++)
		memcpy(text + i * n, one, n);
	fd = openat(dir, "box", O_WRONLY | O_CREAT, 0600);
	support_write(fd, text, count * n);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, count);
	assert_int_equal(message(count - 1).duplicate, count);
	gone = calloc(1, count / 8 + 1);
	assert_non_null(gone);
	memset(gone, 0x55, count / 8); /* each second */
	assert_int_equal(mbox_remove(&m, &journal, gone), MBOX_OK);
	free(gone);
	assert_int_equal(close(fd), 0);
	fd = openat(dir, "box", O_RDONLY | O_CLOEXEC);
	support_holds(fd, text, count / 2 * n);
	assert_int_equal(close(fd), 0);
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mailbox_that_is_not_there_is_empty),
		TEST(an_empty_mailbox_is_empty),
		TEST(the_messages_are_found),
		TEST(a_mailbox_may_stand_in_directories),
		TEST(what_is_no_file_is_refused),
		TEST(a_link_is_refused_wherever_it_stands),
		TEST(another_users_file_is_refused),
		TEST(a_path_that_cannot_be_walked_is_an_error),
		TEST(a_file_that_may_not_be_written_is_refused),
		TEST(a_file_that_is_immutable_is_no_other_users),
		TEST(a_directory_that_may_not_be_searched_is_named),
		TEST(a_network_file_system_must_be_asked_for),
		TEST(a_lock_file_is_waited_for_unless_it_is_old),
		TEST(a_mailbox_with_such_a_name_is_no_lock_file),
		TEST(another_users_file_is_no_lock_file),
		TEST(a_lock_file_that_goes_is_waited_for),
		TEST(a_lease_is_not_waited_for),
		TEST(what_is_no_mbox_is_told),
		TEST(each_message_is_read_from_its_header_on),
		TEST(large_messages_are_read_whole),
		TEST(a_message_is_not_put_together_of_two),
		TEST(a_message_is_read_on_with_after_a_change_elsewhere),
		TEST(reading_leaves_the_access_time),
		TEST(the_lock_of_another_is_waited_for_and_told),
		TEST(no_lock_is_left_behind),
		TEST(each_removal_leaves_the_other_messages),
		TEST(no_message_is_lost_with_the_one_before_it),
		TEST(mail_that_came_meanwhile_is_kept),
		TEST(foreign_changes_are_seen),
		TEST(a_mailbox_put_in_its_place_is_seen),
		TEST(mail_within_what_is_to_go_is_seen),
		TEST(its_growth_since_the_scan_is_counted),
		TEST(duplicates_are_numbered_in_their_order),
		TEST(a_long_header_is_read_a_few_times_and_no_more),
		TEST(a_long_header_that_changes_unseen_is_told),
		TEST(a_long_message_is_not_put_together_of_two),
		TEST(what_follows_is_read_at_once),
		TEST(what_does_not_follow_is_not_read),
		TEST(what_was_read_is_not_given_after_a_change),
		TEST(a_damaged_index_is_made_anew),
		TEST(no_index_is_made_anew_of_another_mailbox),
		TEST(an_index_that_comes_out_otherwise_lists_nothing),
		TEST(each_call_that_fails_is_told),
		TEST(a_file_cut_under_the_lock_is_an_error),
		cmocka_unit_test_setup_teardown(offsets_past_4_gib_work,
	                                        begin_in_memory, end),
		TEST(a_million_messages_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
