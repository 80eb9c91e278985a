/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/walk.h"

#define USER 65534

static char *path; /* of a directory, root's if we are root */
static int dir;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	assert_int_equal(chmod(path, 0755), 0);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(dir);
	support_remove(path);
	return 0;
}

static void make(const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(dir, name, 0700), 0);
	assert_int_equal(fchmodat(dir, name, mode, 0), 0);
}

static void make_link(const char *target, const char *name)
{
	assert_int_equal(symlinkat(target, dir, name), 0);
}

/* Makes a link with an absolute target below the test's directory. */
static void make_absolute(const char *target, const char *name)
{
	char whole[128];

	(void)snprintf(whole, sizeof(whole), "%s/%s", path, target);
	make_link(whole, name);
}

/* The walk to name ends in that directory; no descriptor leaks. */
static void leads_to(const char *name, const char *directory)
{
	struct stat is, wanted;
	int fd, next;

	next = dup(dir);
	assert_int_equal(close(next), 0);
	fd = walk_directory(dir, name);
	if (fd < 0)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(fstat(fd, &is), 0);
	assert_int_equal(fstatat(dir, directory, &wanted, 0), 0);
	assert_int_equal(is.st_ino, wanted.st_ino);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	if (fd != dir)
		assert_int_equal(close(fd), 0);
	assert_int_equal(dup(dir), next);
	assert_int_equal(close(next), 0);
}

static void fails(const char *name, int error)
{
	int next;

	next = dup(dir);
	assert_int_equal(close(next), 0);
	assert_int_equal(walk_directory(dir, name), -1);
	if (errno != error)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(dup(dir), next);
	assert_int_equal(close(next), 0);
}

static void the_last_part_is_the_name(void **state)
{
	(void)state;
	assert_string_equal(walk_name("a"), "a");
	assert_string_equal(walk_name("a/b/c"), "c");
}

static void directories_are_walked(void **state)
{
	(void)state;
	make("a", 0755);
	make("a/b", 0755);
	leads_to("box", ".");
	leads_to("a/box", "a");
	leads_to("a/b/box", "a/b");
	fails("a/c/box", ENOENT);
	assert_int_equal(mknodat(dir, "file", S_IFREG | 0600, 0), 0);
	fails("file/box", ENOTDIR);
}

static void odd_paths_are_refused(void **state)
{
	char name[NAME_MAX + 8], *whole = malloc(2 * PATH_MAX);

	(void)state;
	assert_non_null(whole);
	make("a", 0755);
	fails("/etc/passwd", EXDEV);
	fails("../box", EXDEV);
	fails("./box", EXDEV);
	fails("a/../box", EXDEV);
	memset(name, 'n', sizeof(name));
	memcpy(name + sizeof(name) - 3, "/b", 3);
	fails(name, ENAMETOOLONG);
	memset(whole, '/', (size_t)2 * PATH_MAX);
	*whole = 'a';
	memcpy(whole + PATH_MAX + 1, "b", 2);
	fails(whole, ENAMETOOLONG);
	free(whole);
}

/* May the test go on?  Only root can make links that belong to root. */
static bool is_root(void)
{
	if (geteuid() != 0)
		skip();
	return geteuid() == 0;
}

static void a_link_of_root_is_followed(void **state)
{
	(void)state;
	if (!is_root())
		return;
	make("data", 0755);
	make("data/home", 0755);
	make("data/home/bob", 0700);
	make_link("data/home", "relative");
	make_absolute("data/home", "absolute");
	make_link("absolute", "second");
	make_link("home", "data/inner");
	leads_to("relative/box", "data/home");
	leads_to("relative/bob/box", "data/home/bob");
	leads_to("absolute/bob/box", "data/home/bob");
	leads_to("second/bob/box", "data/home/bob");
	leads_to("data/inner/bob/box", "data/home/bob");
}

static void a_link_that_leads_nowhere_is_not(void **state)
{
	(void)state;
	if (!is_root())
		return;
	make_link("none", "dangling");
	make_link("round", "round");
	make_link(".", "here");
	make_link("..", "up");
	assert_int_equal(mknodat(dir, "file", S_IFREG | 0600, 0), 0);
	make_link("file", "to-file");
	fails("dangling/box", ENOENT);
	fails("round/box", ELOOP);
	fails("here/box", EXDEV);
	fails("up/box", EXDEV);
	fails("to-file/box", ENOTDIR);
}

static void links_follow_each_other_up_to_a_number(void **state)
{
	char from[2] = "0", to[2] = "1";

	(void)state;
	if (!is_root())
		return;
	make("0", 0755);
	for (; *to <= '9'; (*from)++, (*to)++)
		make_link(from, to);
	leads_to("8/box", "0");
	fails("9/box", ELOOP);
}

static void a_users_link_is_refused(void **state)
{
	(void)state;
	make("home", 0755);
	make_link("home", "link");
	if (geteuid() == 0)
		assert_int_equal(
			fchownat(dir, "link", USER, USER, AT_SYMLINK_NOFOLLOW),
			0);
	fails("link/box", ELOOP);
}

/* Users who can write the directory could have moved root's link there. */
static void a_link_is_refused_where_others_may_write(void **state)
{
	static const struct {
		uid_t uid;
		mode_t mode;
	} open_to_others[] = {
		{USER, 0755}, {0, 0775}, {0, 0757}, {0, 01777}, {0, 02775},
	};
	size_t i;

	(void)state;
	if (!is_root())
		return;
	make("home", 0755);
	make("a", 0755);
	make("a/b", 0755);
	make_absolute("home", "a/link");
	make_absolute("home", "a/b/link");
	make_link("a/link", "first"); /* its target contains another link */
	leads_to("a/b/link/box", "home");
	leads_to("first/box", "home");
	for (i = 0; i < LENGTH(open_to_others); i++) {
		assert_int_equal(
			fchownat(dir, "a", open_to_others[i].uid, 0, 0), 0);
		assert_int_equal(fchmodat(dir, "a", open_to_others[i].mode, 0),
		                 0);
		leads_to("a/b/box", "a/b");
		fails("a/link/box", ELOOP);
		fails("a/b/link/box", ELOOP);
		fails("first/box", ELOOP);
	}
}

static void where_it_starts_counts_too(void **state)
{
	(void)state;
	if (!is_root())
		return;
	make("home", 0755);
	make_link("home", "link");
	assert_int_equal(chmod(path, 0777), 0);
	fails("link/box", ELOOP);
	assert_int_equal(chmod(path, 0755), 0);
	leads_to("link/box", "home");
}

/* Exchanges the directory and the link until it is killed. */
static void exchange(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)renameat2(dir, "home/bob/mail", dir, "home/bob/link",
		                RENAME_EXCHANGE);
}

/*
 * A user who is quick does not lead the walk out of the home: each time it ends
 * where it should, or is refused.
 */
static void a_directory_that_is_exchanged_is_seen(void **state)
{
	unsigned int refused = 0, walked = 0, i;
	struct stat is, wanted;
	pid_t child;
	int fd;

	(void)state;
	make("home", 0755);
	make("home/bob", 0755);
	make("home/bob/mail", 0755);
	make("secret", 0755);
	make_absolute("secret", "home/bob/link");
	if (geteuid() == 0)
		assert_int_equal(fchownat(dir, "home/bob", USER, USER, 0), 0);
	assert_int_equal(fstatat(dir, "home/bob/mail", &wanted, 0), 0);
	child = fork();
	if (child == 0)
		exchange();
	for (i = 0; i < 1000000 && (refused < 100 || walked < 100); i++) {
		fd = walk_directory(dir, "home/bob/mail/box");
		if (fd < 0) {
			assert_true(errno == ELOOP || errno == ENOTDIR);
			refused++;
			continue;
		}
		assert_int_equal(fstat(fd, &is), 0);
		assert_int_equal(is.st_ino, wanted.st_ino);
		assert_int_equal(close(fd), 0);
		walked++;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(walked > 0 && refused > 0);
}

/* In a child, as that user: does the walk succeed? */
static int walk_as(uid_t uid, const char *name)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
		    setresuid(uid, uid, uid) < 0)
			_exit(255);
		_exit(walk_directory(dir, name) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Directories that may be searched but not read, as above many homes. */
static void a_user_needs_to_search_only(void **state)
{
	(void)state;
	if (!is_root())
		return;
	make("data", 0711);
	make("data/bob", 0700);
	make("data/alice", 0700);
	make_link("data", "home");
	assert_int_equal(fchownat(dir, "data/bob", USER, USER, 0), 0);
	assert_int_equal(walk_as(USER, "home/bob/box"), 0);
	assert_int_equal(walk_as(USER, "home/alice/mail/box"), EACCES);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_part_is_the_name),
		TEST(directories_are_walked),
		TEST(odd_paths_are_refused),
		TEST(a_link_of_root_is_followed),
		TEST(a_link_that_leads_nowhere_is_not),
		TEST(links_follow_each_other_up_to_a_number),
		TEST(a_users_link_is_refused),
		TEST(a_link_is_refused_where_others_may_write),
		TEST(where_it_starts_counts_too),
		TEST(a_directory_that_is_exchanged_is_seen),
		TEST(a_user_needs_to_search_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
