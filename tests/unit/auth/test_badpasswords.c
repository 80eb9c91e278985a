/* SPDX-License-Identifier: ISC */
/* Wraps: deadline_now deadline_in deadline_left deadline_sleep_until stat */
#include "support.h"

#include <dirent.h>
#include <errno.h>

#include "auth/badpasswords.h"
#include "fakeclock.h"

#define MINUTES 60000

static char *top;
static char run_dir[64], dir[80];

/* The real file, with a time of last change that the test chooses. */
static long shadow_written;

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);

int __wrap_stat(const char *path, struct stat *st)
{
	int ret;

	ret = __real_stat(path, st);
	if (strcmp(path, "/etc/shadow") == 0)
		st->st_mtim.tv_nsec = shadow_written;
	return ret;
}

static int set_up(void **state)
{
	(void)state;
	top = support_directory("/tmp");
	(void)snprintf(run_dir, sizeof(run_dir), "%s/run", top);
	(void)snprintf(dir, sizeof(dir), "%s/failures", run_dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove(top);
	return 0;
}

/* Does a login that PAM denies.  Returns whether it was repeated. */
static bool fails(const char *user, const char *password)
{
	struct badpasswords f;
	bool known;

	assert_int_equal(badpasswords_open(&f, run_dir, user, password), 0);
	known = badpasswords_has(&f);
	if (!known)
		badpasswords_add(&f);
	badpasswords_close(&f);
	return known;
}

static bool is_known(const char *user, const char *password)
{
	struct badpasswords f;
	bool known;

	assert_int_equal(badpasswords_open(&f, run_dir, user, password), 0);
	known = badpasswords_has(&f);
	badpasswords_close(&f);
	return known;
}

static void logs_in(const char *user, const char *password)
{
	struct badpasswords f;

	assert_int_equal(badpasswords_open(&f, run_dir, user, password), 0);
	assert_false(badpasswords_has(&f));
	badpasswords_forget(&f);
	badpasswords_close(&f);
}

static void a_wrong_password_is_known_when_it_comes_again(void **state)
{
	(void)state;
	assert_false(fails("alice", "wrong"));
	assert_true(fails("alice", "wrong"));
	assert_true(fails("alice", "wrong"));
	assert_false(is_known("alice", "right"));
	assert_false(is_known("alice", "wron"));
	assert_false(is_known("alic", "ewrong"));
	assert_false(is_known("bob", "wrong"));
	assert_false(is_known("Alice", "wrong"));
}

static void
it_is_known_for_fifteen_minutes_from_when_pam_denied_it(void **state)
{
	(void)state;
	assert_false(fails("alice", "wrong"));
	fake_now += 15 * MINUTES;
	assert_true(fails("alice", "wrong"));
	fake_now += 1;
	assert_false(fails("alice", "wrong"));
	assert_true(fails("alice", "wrong"));
}

static void of_each_user_the_last_eight_are_known(void **state)
{
	char password[8];
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		fake_now += 1000;
		(void)snprintf(password, sizeof(password), "%d", i);
		assert_false(fails("alice", password));
		assert_false(fails("bob", password));
	}
	for (i = 0; i < 12; i++) {
		(void)snprintf(password, sizeof(password), "%d", i);
		assert_int_equal(is_known("alice", password), i >= 4);
		assert_int_equal(is_known("bob", password), i >= 4);
	}
}

static void a_login_forgets_those_of_the_user(void **state)
{
	(void)state;
	assert_false(fails("alice", "wrong"));
	assert_false(fails("bob", "wrong"));
	logs_in("alice", "right");
	assert_false(is_known("alice", "wrong"));
	assert_true(is_known("bob", "wrong"));
}

/* Or a new password that was tried too early would be refused. */
static void a_change_of_the_shadow_file_voids_all(void **state)
{
	(void)state;
	assert_false(fails("alice", "tomorrow's"));
	shadow_written++;
	assert_false(fails("alice", "tomorrow's"));
	assert_true(fails("alice", "tomorrow's"));
}

/* As if /run had been kept over a boot: the clock starts again. */
static void what_is_from_another_boot_is_not_believed(void **state)
{
	int i;
	char password[8];

	(void)state;
	for (i = 0; i < BADPASSWORDS_EACH; i++) {
		(void)snprintf(password, sizeof(password), "%d", i);
		assert_false(fails("alice", password));
	}
	fake_now -= 1;
	assert_false(fails("alice", "0"));
	assert_true(fails("alice", "0")); /* the oldest was replaced */
	fake_now += 1;
}

/* Calls the function for each file in the directory, also the key. */
static void each_file(void (*take)(const char *path))
{
	const struct dirent *entry;
	char path[512];
	DIR *d;

	d = opendir(dir);
	assert_non_null(d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		take(path);
	}
	(void)closedir(d);
}

static unsigned int files;
static off_t octets;

static void count_file(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	files++;
	octets += st.st_size;
}

static void a_flood_of_names_has_bounds(void **state)
{
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 12 * BADPASSWORDS_FILES; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		(void)fails(name, "wrong");
	}
	files = 0;
	octets = 0;
	each_file(count_file);
	assert_in_range(files, BADPASSWORDS_FILES * 9 / 10,
	                BADPASSWORDS_FILES + 1);
	assert_in_range(octets, 0, (BADPASSWORDS_FILES * 8 * 40) + MAC_KEY);
}

static void has_no_secret(const char *path)
{
	char text[512];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text));
	assert_true(n > 0);
	assert_null(memmem(text, (size_t)n, "secret", 6));
	assert_null(memmem(text, (size_t)n, "alice", 5));
	assert_null(strstr(path, "alice"));
	assert_int_equal(close(fd), 0);
	files++;
}

static void neither_names_nor_passwords_are_in_the_files(void **state)
{
	(void)state;
	assert_false(fails("alice", "secret"));
	files = 0;
	each_file(has_no_secret);
	assert_int_equal(files, 2);
}

static void fill(const char *path)
{
	char junk[5000];
	int fd;

	memset(junk, 0x7f, sizeof(junk));
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	support_write(fd, junk, sizeof(junk));
	assert_int_equal(close(fd), 0);
}

static void cut(const char *path)
{
	assert_int_equal(truncate(path, 7), 0);
}

static void empty(const char *path)
{
	assert_int_equal(truncate(path, 0), 0);
}

static void remove_file(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

/* The user that can write a known key can read the random one, too. */
static void whatever_becomes_of_the_files_it_goes_on(void **state)
{
	static void (*const cases[])(const char *path) = {fill, cut, empty,
	                                                  remove_file};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_false(fails("alice", "wrong"));
		each_file(cases[i]);
		assert_false(fails("alice", "wrong"));
		assert_true(fails("alice", "wrong"));
		logs_in("alice", "right");
		fake_now += 16 * MINUTES;
	}
}

static void make_symlink(const char *path)
{
	char to[128];

	(void)snprintf(to, sizeof(to), "%s/elsewhere", top);
	remove_file(path);
	assert_int_equal(symlink(to, path), 0);
}

static void make_fifo(const char *path)
{
	remove_file(path);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void make_directory(const char *path)
{
	remove_file(path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_hard_link(const char *path)
{
	char to[128];

	(void)snprintf(to, sizeof(to), "%s/%s", top, strrchr(path, '/') + 1);
	assert_int_equal(link(path, to), 0);
}

/* Then nothing is remembered, and PAM is asked each time. */
static void what_is_no_file_of_its_own_is_left_alone(void **state)
{
	static void (*const cases[])(const char *path) = {
		make_symlink, make_fifo, make_directory, make_hard_link};
	struct badpasswords f;
	char elsewhere[128];
	size_t i;

	(void)state;
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", top);
	for (i = 0; i < LENGTH(cases); i++) {
		assert_false(fails("alice", "wrong"));
		each_file(cases[i]);
		assert_int_equal(
			badpasswords_open(&f, run_dir, "alice", "wrong"), -1);
		assert_false(badpasswords_has(&f));
		badpasswords_add(&f);
		badpasswords_forget(&f);
		badpasswords_close(&f);
		assert_int_equal(access(elsewhere, F_OK), -1);
		support_remove(top);
		assert_int_equal(set_up(NULL), 0);
	}
}

/* Returns errno of badpasswords_open, or 0. */
static int opens(const char *where)
{
	struct badpasswords f;
	int error = 0;

	if (badpasswords_open(&f, where, "alice", "wrong") < 0)
		error = errno;
	assert_false(badpasswords_has(&f));
	badpasswords_close(&f);
	return error;
}

static void the_directories_are_made_and_are_only_ours(void **state)
{
	static const mode_t others[] = {0710, 0701, 0720, 0702, 0740, 0704};
	struct stat st;
	size_t i;

	(void)state;
	assert_int_equal(opens(run_dir), 0);
	assert_int_equal(stat(run_dir, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	for (i = 0; i < LENGTH(others); i++) {
		assert_int_equal(chmod(dir, others[i]), 0);
		assert_int_equal(opens(run_dir), EPERM);
	}
	assert_int_equal(chmod(dir, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(dir, 1, 1), 0);
		assert_int_equal(opens(run_dir), EPERM);
	}
}

static void without_a_directory_nothing_is_kept(void **state)
{
	char path[128];

	(void)state;
	assert_int_equal(opens(NULL), ENOENT);
	(void)snprintf(path, sizeof(path), "%s/not/there", top);
	assert_int_equal(opens(path), ENOENT);
	assert_int_equal(mkdir(run_dir, 0700), 0);
	assert_int_equal(symlink(top, dir), 0);
	assert_true(opens(run_dir) != 0);
}

/* Or three passwords sent at once would not be counted as three. */
static void logins_of_a_user_come_one_after_the_other(void **state)
{
	struct badpasswords first, second, other;
	deadline_t start = fake_now;

	(void)state;
	assert_int_equal(badpasswords_open(&first, run_dir, "alice", "wrong"),
	                 0);
	assert_int_equal(badpasswords_open(&other, run_dir, "bob", "wrong"), 0);
	badpasswords_close(&other);
	assert_int_equal(badpasswords_open(&second, run_dir, "alice", "wrong"),
	                 -1);
	assert_int_equal(errno, EAGAIN);
	assert_in_range(fake_now - start, 5000, 5100);
	assert_false(badpasswords_has(&second));
	badpasswords_add(&second);
	badpasswords_close(&second);
	badpasswords_add(&first);
	badpasswords_close(&first);
	assert_true(is_known("alice", "wrong"));
}

/* A child that a PAM module has left behind keeps the file open. */
static void a_child_that_stays_holds_nobody_up(void **state)
{
	struct badpasswords f;
	int ends[2];
	char octet;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(badpasswords_open(&f, run_dir, "alice", "wrong"), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[1]);
		_exit(read(ends[0], &octet, 1) != 0);
	}
	assert_int_equal(close(ends[0]), 0);
	badpasswords_close(&f);
	assert_false(is_known("alice", "wrong"));
	assert_int_equal(close(ends[1]), 0);
	support_reap(child, 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_wrong_password_is_known_when_it_comes_again),
		CASE(it_is_known_for_fifteen_minutes_from_when_pam_denied_it),
		CASE(of_each_user_the_last_eight_are_known),
		CASE(a_login_forgets_those_of_the_user),
		CASE(a_change_of_the_shadow_file_voids_all),
		CASE(what_is_from_another_boot_is_not_believed),
		CASE(a_flood_of_names_has_bounds),
		CASE(neither_names_nor_passwords_are_in_the_files),
		CASE(whatever_becomes_of_the_files_it_goes_on),
		CASE(what_is_no_file_of_its_own_is_left_alone),
		CASE(the_directories_are_made_and_are_only_ours),
		CASE(without_a_directory_nothing_is_kept),
		CASE(logins_of_a_user_come_one_after_the_other),
		CASE(a_child_that_stays_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
