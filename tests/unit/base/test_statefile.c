/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/fileio.h"
#include "base/statefile.h"

static char *path; /* of a directory */
static int dir;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	dir = statefile_directory(path);
	return dir < 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(dir);
	support_remove(path);
	return 0;
}

static void refused(const char *name, int why)
{
	struct stat st;

	errno = 0;
	assert_int_equal(statefile_open(dir, name, &st), -1);
	assert_int_equal(errno, why);
}

static void a_file_is_made_for_its_owner_alone(void **state)
{
	struct stat st, there;
	int fd;

	(void)state;
	fd = statefile_open(dir, "new", &st);
	assert_true(fd >= 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(fstatat(dir, "new", &there, 0), 0);
	assert_int_equal(there.st_ino, st.st_ino);
	assert_int_equal(write(fd, "kept", 4), 4);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	fd = statefile_open(dir, "new", &st);
	assert_int_equal(st.st_size, 4);
	support_holds(fd, "kept", 4);
	assert_int_equal(close(fd), 0);
}

static void a_mode_says_whether_others_may_write(void **state)
{
	static const struct {
		mode_t mode;
		bool others_write;
	} cases[] = {{0, false},   {0755, false}, {0600, false},
	             {0020, true}, {0002, true},  {0777, true}};
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		st.st_mode = S_IFREG | cases[i].mode;
		assert_int_equal(statefile_others_write(&st),
		                 cases[i].others_write);
	}
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dir, "directory", 0700), 0);
	refused("directory", EISDIR);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	refused("fifo", EPERM);
	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	refused("dangling", ELOOP);
	assert_int_equal(faccessat(dir, "nowhere", F_OK, 0), -1);
	assert_int_equal(symlinkat("/dev/null", dir, "device"), 0);
	refused("device", ELOOP);
}

static void a_file_of_two_names_is_refused(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(close(statefile_open(dir, "one", &st)), 0);
	assert_int_equal(linkat(dir, "one", dir, "two", 0), 0);
	refused("one", EPERM);
	refused("two", EPERM);
}

static uid_t owner;

static int others_fstat(int fd, struct stat *st)
{
	if (owner == 0) {
		errno = EIO;
		return -1;
	}
	if (fstat(fd, st) < 0)
		return -1;
	st->st_uid = owner;
	return 0;
}

static void what_is_not_ours_is_refused(void **state)
{
	struct fileio saved = fileio;

	(void)state;
	fileio.fstat = others_fstat;
	owner = geteuid() + 1;
	refused("x", EPERM);
	owner = 0;
	refused("x", EIO);
	fileio = saved;
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = {0720, 0702, 0777, 01777};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		errno = 0;
		assert_int_equal(statefile_directory(path), -1);
		assert_int_equal(errno, EPERM);
	}
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(close(statefile_directory(path)), 0);
}

static void what_is_no_directory_is_refused(void **state)
{
	(void)state;
	assert_int_equal(statefile_directory("/nonexistent"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(statefile_directory("/dev/null"), -1);
	assert_int_equal(errno, ENOTDIR);
}

static void a_directory_of_another_is_refused(void **state)
{
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(statefile_directory("/"), -1);
		return;
	}
	assert_int_equal(chmod(path, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setresuid(65534, 65534, 65534) < 0 ||
		      statefile_directory(path) >= 0 || errno != EPERM);
	support_reap(pid, 0);
}

/* Only root can change the owner of a file. */
static void what_root_has_is_given_to_the_start_user(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	if (geteuid() != 0)
		return;
	fd = statefile_open(dir, "box.journal", &st);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(statefile_give(path, 4711, 4712), 0);
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(st.st_uid, 4711);
	assert_int_equal(st.st_gid, 4712);
	assert_int_equal(fstatat(dir, "box.journal", &st, 0), 0);
	assert_int_equal(st.st_uid, 4711);
}

static void what_holds_other_things_is_not_given(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	if (geteuid() != 0)
		return;
	fd = statefile_open(dir, "passwd", &st);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(statefile_give(path, 4711, 4712), 0);
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(unlinkat(dir, "passwd", 0), 0);
	assert_int_equal(fchmod(dir, 0770), 0);
	assert_int_equal(statefile_give(path, 4711, 4712), 0);
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(st.st_uid, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_made_for_its_owner_alone),
		TEST(a_mode_says_whether_others_may_write),
		TEST(what_is_no_file_is_refused),
		TEST(a_file_of_two_names_is_refused),
		TEST(what_is_not_ours_is_refused),
		TEST(a_directory_that_others_may_write_is_refused),
		TEST(what_is_no_directory_is_refused),
		TEST(a_directory_of_another_is_refused),
		TEST(what_root_has_is_given_to_the_start_user),
		TEST(what_holds_other_things_is_not_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
