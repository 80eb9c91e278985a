/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "base/fileio.h"
#include "base/lock.h"
#include "config/account.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "maildrop/mbox.h"

#define F "From a@b Thu Jan  2 03:04:05 2020\n"
#define PSEUDO                                                                 \
	"From MAILER-DAEMON Thu Jan  2 03:04:05 2020\n"                        \
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"         \
	"X-IMAP: 1 2\n\nThis is not mail.\n\n"
#define ONE   F "Subject: one\n\nfirst\n\n"
#define TWO   F "Subject: two\n\nsecond\n\n"
#define THREE F "Subject: three\n\n\n"

static char *path, pattern[128];
static struct options options;
static struct account account;
static struct maildrop d;

static int begin(void **state)
{
	(void)state;
	path = support_directory("/tmp");
	(void)snprintf(pattern, sizeof(pattern), "%s/%%u", path);
	options.mailbox = pattern;
	options.state_dir = path;
	options.lock_timeout = 0;
	(void)snprintf(account.name, sizeof(account.name), "alice");
	(void)snprintf(account.home, sizeof(account.home), "/home/alice");
	account.uid = geteuid();
	account.gid = getegid();
	maildrop_init(&d);
	return 0;
}

static int end(void **state)
{
	(void)state;
	maildrop_close(&d);
	support_remove(path);
	return 0;
}

static const char *box(void)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "%s/alice", path);
	return name;
}

static void deliver(const char *text, int flag)
{
	int fd = open(box(), O_WRONLY | O_CREAT | O_CLOEXEC | flag, 0600);

	assert_true(fd >= 0);
	support_write(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static void box_holds(const char *text)
{
	int fd = open(box(), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	support_holds(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static enum maildrop_status open_drop(struct maildrop *drop)
{
	enum maildrop_status status;

	maildrop_init(drop);
	status = maildrop_prepare(drop, &options, &account);
	if (status == MAILDROP_OK)
		status = maildrop_open(drop);
	if (status == MAILDROP_OK)
		status = maildrop_recover(drop);
	if (status == MAILDROP_OK)
		status = maildrop_scan(drop);
	return status;
}

static void serve(const char *text)
{
	deliver(text, O_TRUNC);
	assert_int_equal(open_drop(&d), MAILDROP_OK);
}

static void refused(struct maildrop *drop, enum maildrop_status want)
{
	assert_int_equal(open_drop(drop), want);
	assert_non_null(drop->problem);
	assert_true(*drop->problem != '\0');
	maildrop_close(drop);
}

static struct maildrop_message message(uint32_t number)
{
	struct maildrop_message ret;

	assert_true(maildrop_has(&d, number));
	assert_int_equal(maildrop_message(&d, number, &ret), MAILDROP_OK);
	return ret;
}

static void delete (uint32_t number)
{
	struct maildrop_message m = message(number);

	maildrop_delete(&d, &m);
}

static enum maildrop_status read_on(uint32_t number, off_t *at,
                                    struct mbox_window *ret)
{
	struct maildrop_message m = message(number);

	return maildrop_read(&d, &m, at, ret);
}

static void unique_id(uint32_t number, char ret[static UIDL_SIZE])
{
	struct mbox_message m = message(number).listed;

	*uidl_text(m.uidl, m.duplicate, ret) = '\0';
}

static void no_mailbox_is_an_empty_maildrop(void **state)
{
	(void)state;
	assert_int_equal(open_drop(&d), MAILDROP_OK);
	assert_int_equal(d.count, 0);
	assert_int_equal(d.left, 0);
	assert_int_equal(d.octets, 0);
	assert_false(maildrop_has(&d, 1));
	assert_int_equal(maildrop_arrived(&d), 0);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	assert_int_equal(access(box(), F_OK), -1);
}

static void messages_are_numbered_from_1(void **state)
{
	(void)state;
	serve(ONE TWO THREE);
	assert_int_equal(d.count, 3);
	assert_int_equal(d.left, 3);
	assert_int_equal(d.octets, 23 + 24 + 18);
	assert_false(maildrop_has(&d, 0));
	assert_int_equal(message(1).listed.octets, 23);
	assert_int_equal(message(3).listed.octets, 18);
	assert_false(maildrop_has(&d, 4));
	assert_false(maildrop_has(&d, UINT32_MAX));
}

static void marks_hide_a_message_until_reset(void **state)
{
	(void)state;
	serve(ONE TWO THREE);
	delete (2);
	assert_false(maildrop_has(&d, 2));
	assert_true(maildrop_has(&d, 1));
	assert_true(maildrop_has(&d, 3));
	assert_int_equal(d.count, 3);
	assert_int_equal(d.left, 2);
	assert_int_equal(d.octets, 23 + 18);
	maildrop_reset(&d);
	assert_int_equal(message(2).listed.octets, 24);
	assert_int_equal(d.left, 3);
	assert_int_equal(d.octets, 23 + 24 + 18);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	box_holds(ONE TWO THREE);
}

static void marks_become_deletions_in_the_update(void **state)
{
	(void)state;
	serve(ONE TWO THREE);
	delete (1);
	delete (3);
	box_holds(ONE TWO THREE);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	box_holds(TWO);
}

static void closing_deletes_nothing(void **state)
{
	(void)state;
	serve(ONE TWO);
	delete (1);
	maildrop_close(&d);
	box_holds(ONE TWO);
	maildrop_close(&d); /* harmless a second time */
}

static void the_pseudo_message_is_hidden_and_kept(void **state)
{
	struct mbox_window w;
	struct mbox_message m;
	char id[UIDL_SIZE], other[UIDL_SIZE];
	off_t at = 0;

	(void)state;
	serve(PSEUDO ONE TWO);
	assert_int_equal(d.count, 2);
	assert_int_equal(d.octets, 23 + 24);
	assert_int_equal(message(1).listed.octets, 23);
	assert_int_equal(read_on(2, &at, &w), MAILDROP_OK);
	assert_memory_equal(w.buf, "Subject: two", 12);
	unique_id(1, id);
	assert_int_equal(mbox_message(d.mbox, 1, &m), MBOX_OK);
	*uidl_text(m.uidl, 1, other) = '\0';
	assert_string_equal(id, other);
	delete (1);
	delete (2);
	assert_int_equal(d.left, 0);
	assert_int_equal(d.octets, 0);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	box_holds(PSEUDO);
}

static void the_pseudo_message_alone_is_no_mail(void **state)
{
	(void)state;
	serve(PSEUDO);
	assert_int_equal(d.count, 0);
	assert_int_equal(d.octets, 0);
	assert_false(maildrop_has(&d, 1));
}

static void unique_ids_outlive_what_happens_to_others(void **state)
{
	char two[UIDL_SIZE], again[UIDL_SIZE];

	(void)state;
	serve(ONE TWO);
	unique_id(2, two);
	maildrop_close(&d);
	serve(F "Subject: two\nStatus: RO\n\nsecond\n\n" THREE);
	unique_id(1, again);
	assert_string_equal(again, two);
	unique_id(2, again);
	assert_string_not_equal(again, two);
}

static void duplicates_have_ids_of_their_own(void **state)
{
	char first[UIDL_SIZE], second[UIDL_SIZE];

	(void)state;
	serve(ONE ONE);
	unique_id(1, first);
	unique_id(2, second);
	assert_int_equal(strlen(first), UIDL_TEXT);
	assert_memory_equal(second, first, UIDL_TEXT);
	assert_string_equal(second + UIDL_TEXT, "-2");
}

static void a_mailbox_has_one_session(void **state)
{
	struct maildrop second;

	(void)state;
	serve(ONE);
	refused(&second, MAILDROP_SESSION);
	maildrop_close(&d);
	assert_int_equal(open_drop(&second), MAILDROP_OK);
	maildrop_close(&second);
}

static void other_mailboxes_have_theirs(void **state)
{
	struct maildrop second;

	(void)state;
	serve(ONE);
	(void)snprintf(account.name, sizeof(account.name), "bob");
	assert_int_equal(open_drop(&second), MAILDROP_OK);
	maildrop_close(&second);
}

static void anothers_lock_is_told(void **state)
{
	int fd;

	(void)state;
	serve(ONE TWO);
	delete (1);
	fd = open(box(), O_RDWR | O_CLOEXEC);
	assert_int_equal(lock_file(fd, LOCK_EXCLUSIVE, 0), 0);
	assert_int_equal(maildrop_update(&d), MAILDROP_BUSY);
	assert_non_null(d.problem);
	maildrop_close(&d);
	refused(&d, MAILDROP_BUSY);
	assert_int_equal(close(fd), 0);
	box_holds(ONE TWO);
}

static void a_foreign_change_is_told(void **state)
{
	struct mbox_window w;
	off_t at = 0;

	(void)state;
	serve(ONE TWO);
	delete (1);
	deliver(TWO ONE, O_TRUNC);
	assert_int_equal(read_on(2, &at, &w), MAILDROP_CHANGED);
	assert_int_equal(maildrop_update(&d), MAILDROP_CHANGED);
	assert_non_null(d.problem);
	box_holds(TWO ONE);
}

static void mail_that_came_is_counted_and_kept(void **state)
{
	(void)state;
	serve(ONE TWO);
	assert_int_equal(maildrop_arrived(&d), 0);
	deliver(THREE, O_APPEND);
	assert_int_equal(maildrop_arrived(&d), sizeof(THREE) - 1);
	assert_int_equal(d.count, 2);
	delete (1);
	delete (2);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	box_holds(THREE);
}

static void what_cannot_be_served_is_refused_with_a_reason(void **state)
{
	(void)state;
	deliver("no mbox\n", 0);
	refused(&d, MAILDROP_REFUSED);
	assert_int_equal(unlink(box()), 0);
	assert_int_equal(symlink("/etc/passwd", box()), 0);
	refused(&d, MAILDROP_REFUSED);
	options.mailbox = "/none/%u";
	refused(&d, MAILDROP_REFUSED);
	options.mailbox = "%x";
	refused(&d, MAILDROP_REFUSED);
	options.mailbox = pattern;
	options.state_dir = "/none";
	refused(&d, MAILDROP_STATE);
}

/* The suffix of the file whose calls fail, and their errno. */
static const char *failing;
static int error;

static bool ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), k = strlen(suffix);

	return n >= k && strcmp(text + n - k, suffix) == 0;
}

static bool fails(int fd)
{
	char link[64], name[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, name, sizeof(name) - 1);
	assert_true(n > 0);
	name[n] = '\0';
	if (!ends_with(name, failing))
		return false;
	errno = error;
	return true;
}

static ssize_t failing_pread(int fd, void *buf, size_t n, off_t at)
{
	return fails(fd) ? -1 : pread(fd, buf, n, at);
}

static ssize_t failing_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return fails(fd) ? -1 : pwrite(fd, buf, n, at);
}

/* The problem names a state file; the log names the mailbox in any case. */
static void assert_names(const char *suffix, const char *what)
{
	char why[PATH_MAX];

	(void)snprintf(why, sizeof(why), "%s/%s%s: %s", options.state_dir,
	               d.path.state, suffix, what);
	assert_string_equal(d.problem, *suffix ? why : what);
}

static void the_file_that_cannot_be_read_is_told(void **state)
{
	struct fileio saved = fileio;
	struct maildrop_message m;
	int i;

	(void)state;
	deliver(ONE, 0);
	fileio.pread = failing_pread;
	error = EIO;
	failing = ".journal";
	assert_int_equal(open_drop(&d), MAILDROP_STATE_FAILED);
	assert_names(".journal", "Input/output error");
	maildrop_close(&d);
	failing = "/alice";
	assert_int_equal(open_drop(&d), MAILDROP_ERROR);
	assert_names("", "Input/output error");
	maildrop_close(&d);
	fileio = saved;
	for (i = 0; i < 1000; i++) /* more than the index caches */
		deliver(ONE, O_APPEND);
	assert_int_equal(open_drop(&d), MAILDROP_OK);
	fileio.pread = failing_pread;
	failing = ".index";
	assert_int_equal(maildrop_message(&d, 500, &m), MAILDROP_STATE_FAILED);
	assert_names(".index", "Input/output error");
	fileio = saved;
}

static void the_file_that_has_no_room_is_told(void **state)
{
	static const char *const files[] = {".journal", "/alice"};
	struct fileio saved = fileio;
	struct maildrop_message m;
	bool is_state;
	size_t i;

	(void)state;
	error = ENOSPC;
	for (i = 0; i < LENGTH(files); i++) {
		serve(ONE TWO);
		assert_int_equal(maildrop_message(&d, 1, &m), MAILDROP_OK);
		maildrop_delete(&d, &m);
		failing = files[i];
		is_state = i == 0;
		fileio.pwrite = failing_pwrite;
		assert_int_equal(maildrop_update(&d),
		                 is_state ? MAILDROP_STATE_FAILED
		                          : MAILDROP_ERROR);
		assert_names(is_state ? files[i] : "",
		             "No space left on device");
		fileio = saved;
		maildrop_close(&d);
	}
}

/* A session that was killed before its first record leaves it long. */
static void a_journal_that_was_left_long_is_cut(void **state)
{
	struct stat st;

	(void)state;
	serve(ONE);
	assert_int_equal(fallocate(d.journal.fd, 0, 0, 1 << 20), 0);
	maildrop_close(&d);
	assert_int_equal(open_drop(&d), MAILDROP_OK);
	assert_int_equal(fstat(d.journal.fd, &st), 0);
	assert_int_equal(st.st_size, 2 * JOURNAL_SLOT);
}

static void spoil_journal(void)
{
	static char garbage[2 * JOURNAL_SLOT];

	serve(ONE);
	memset(garbage, 'g', sizeof(garbage));
	assert_int_equal(pwrite(d.journal.fd, garbage, sizeof(garbage), 0),
	                 sizeof(garbage));
	maildrop_close(&d);
}

/* It stays set aside, even if the scan fails. */
static void a_journal_is_set_aside_before_the_scan(void **state)
{
	(void)state;
	spoil_journal();
	deliver("no mbox\n", O_TRUNC);
	refused(&d, MAILDROP_REFUSED);
	assert_int_equal(d.recovery, RECOVERY_FOREIGN);
	refused(&d, MAILDROP_REFUSED);
	assert_int_equal(d.recovery, RECOVERY_NOTHING);
}

static void no_descriptor_is_left_behind(void **state)
{
	int before, after;

	(void)state;
	before = dup(0);
	(void)close(before);
	serve(ONE);
	assert_int_equal(d.directory, -1); /* closed by maildrop_open */
	maildrop_close(&d);
	options.state_dir = "/none";
	refused(&d, MAILDROP_STATE);
	options.state_dir = path;
	options.mailbox = "/none/%u";
	refused(&d, MAILDROP_REFUSED);
	after = dup(0);
	(void)close(after);
	assert_int_equal(before, after);
}

static void a_mailbox_below_the_root_directory_is_found(void **state)
{
	(void)state;
	deliver(ONE, 0);
	(void)snprintf(account.home, sizeof(account.home), "%s", path);
	options.mailbox = "%h/alice";
	options.home_dirs = "/home,/tmp";
	assert_int_equal(open_drop(&d), MAILDROP_OK);
	assert_int_equal(d.count, 1);
	maildrop_close(&d);
	options.home_dirs = "/home,/tmp/x";
	refused(&d, MAILDROP_REFUSED);
	assert_string_equal(d.problem,
	                    "the home directory is outside of --home-dirs");
}

/* Writes the file of adopted ids, with the one of message number. */
static void adopt(uint32_t number, const char *old)
{
	char own[UIDL_SIZE], pair[256], header[ADOPTED_HEADER], name[512];
	size_t n;
	int fd;

	unique_id(number, own);
	n = (size_t)snprintf(pair, sizeof(pair), "%s\t%s\n", own, old);
	(void)snprintf(name, sizeof(name), "%s/%s.uidl", path, d.path.state);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	support_write(fd, header, adopted_header(header, "popa3d", 1, pair, n));
	support_write(fd, pair, n);
	assert_int_equal(close(fd), 0);
}

static void assert_id(uint32_t number, const char *want)
{
	struct maildrop_message m = message(number);
	char id[MAILDROP_ID + 1];

	maildrop_expect(&d, &m, 1);
	*maildrop_unique_id(&d, &m, id) = '\0';
	assert_string_equal(id, want);
}

static void adopted_ids_are_in_place_of_our_own(void **state)
{
	char own[UIDL_SIZE];

	(void)state;
	serve(ONE TWO);
	unique_id(1, own);
	assert_id(1, own);
	adopt(2, "an-old-id");
	assert_id(1, own);
	maildrop_close(&d);
	assert_int_equal(open_drop(&d), MAILDROP_OK);
	assert_id(1, own);
	assert_id(2, "an-old-id");
}

static void adopted_ids_that_cannot_be_read_refuse_the_mailbox(void **state)
{
	struct fileio saved = fileio;
	char name[512];

	(void)state;
	serve(ONE);
	adopt(1, "an-old-id");
	maildrop_close(&d);
	fileio.pread = failing_pread;
	error = EIO;
	failing = ".uidl";
	assert_int_equal(open_drop(&d), MAILDROP_STATE_FAILED);
	assert_names(".uidl", "Input/output error");
	maildrop_close(&d);
	fileio = saved;
	(void)snprintf(name, sizeof(name), "%s/%s.uidl", path, d.path.state);
	assert_int_equal(chmod(name, 0622), 0);
	assert_int_equal(open_drop(&d), MAILDROP_STATE);
	assert_names(".uidl", "Operation not permitted");
	maildrop_close(&d);
	assert_int_equal(chmod(name, 0600), 0);
	assert_int_equal(truncate(name, 40), 0);
	assert_int_equal(open_drop(&d), MAILDROP_STATE);
	assert_names(".uidl", "it is damaged; fix: restore it, or onepopctl "
	                      "adopt --drop USER");
}

static void a_look_changes_nothing(void **state)
{
	char name[512];

	(void)state;
	deliver(ONE TWO, O_TRUNC);
	maildrop_init(&d);
	assert_int_equal(maildrop_look(&d, &options, &account), MAILDROP_OK);
	assert_int_equal(maildrop_open(&d), MAILDROP_OK);
	assert_int_equal(maildrop_recover(&d), MAILDROP_OK);
	assert_int_equal(maildrop_scan(&d), MAILDROP_OK);
	assert_int_equal(d.count, 2);
	delete (1);
	assert_int_equal(maildrop_update(&d), MAILDROP_ASIDE);
	box_holds(ONE TWO);
	(void)snprintf(name, sizeof(name), "%s/%s.journal", path, d.path.state);
	assert_int_equal(access(name, F_OK), -1);
	(void)snprintf(name, sizeof(name), "%s/%s.index", path, d.path.state);
	assert_int_equal(access(name, F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* The file of copies has this text somewhere, or there is no such file. */
static bool is_copied(const char *text)
{
	char name[512], file[8192] = "";
	int fd;

	(void)snprintf(name, sizeof(name), "%s/%s.deleted", path, d.path.state);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	assert_true(read(fd, file, sizeof(file) - 1) >= 0);
	assert_int_equal(close(fd), 0);
	return strstr(file, text) != NULL;
}

static void what_is_deleted_is_copied_if_asked(void **state)
{
	char id[MAILDROP_ID + 1];
	struct maildrop_message m;

	(void)state;
	options.keep_deleted = 7;
	options.keep_deleted_size = 1;
	serve(ONE TWO THREE);
	m = message(2);
	*maildrop_unique_id(&d, &m, id) = '\0';
	delete (2);
	assert_false(is_copied(id));
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	options.keep_deleted = options.keep_deleted_size = 0;
	box_holds(ONE THREE);
	assert_int_equal(d.kept.copied, 1);
	assert_int_equal(d.kept.missed, 0);
	assert_true(is_copied(id));
	assert_true(is_copied("\n" F "Subject: two\n\nsecond\n"));
	assert_false(is_copied("Subject: one"));
}

static void nothing_is_copied_if_another_program_changed_it(void **state)
{
	(void)state;
	options.keep_deleted = 7;
	options.keep_deleted_size = 1;
	serve(ONE TWO);
	delete (1);
	deliver(TWO ONE, O_TRUNC);
	assert_int_equal(maildrop_update(&d), MAILDROP_CHANGED);
	options.keep_deleted = options.keep_deleted_size = 0;
	assert_false(is_copied("Subject"));
}

static void no_file_is_made_unless_asked(void **state)
{
	(void)state;
	serve(ONE TWO);
	delete (1);
	assert_int_equal(maildrop_update(&d), MAILDROP_OK);
	assert_false(is_copied(""));
	assert_int_equal(*maildrop_kept_descriptor(&d), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_mailbox_is_an_empty_maildrop),
		TEST(messages_are_numbered_from_1),
		TEST(marks_hide_a_message_until_reset),
		TEST(marks_become_deletions_in_the_update),
		TEST(closing_deletes_nothing),
		TEST(what_is_deleted_is_copied_if_asked),
		TEST(nothing_is_copied_if_another_program_changed_it),
		TEST(no_file_is_made_unless_asked),
		TEST(the_pseudo_message_is_hidden_and_kept),
		TEST(the_pseudo_message_alone_is_no_mail),
		TEST(unique_ids_outlive_what_happens_to_others),
		TEST(duplicates_have_ids_of_their_own),
		TEST(a_mailbox_has_one_session),
		TEST(other_mailboxes_have_theirs),
		TEST(anothers_lock_is_told),
		TEST(a_foreign_change_is_told),
		TEST(mail_that_came_is_counted_and_kept),
		TEST(what_cannot_be_served_is_refused_with_a_reason),
		TEST(the_file_that_cannot_be_read_is_told),
		TEST(the_file_that_has_no_room_is_told),
		TEST(a_journal_that_was_left_long_is_cut),
		TEST(a_journal_is_set_aside_before_the_scan),
		TEST(no_descriptor_is_left_behind),
		TEST(a_mailbox_below_the_root_directory_is_found),
		TEST(adopted_ids_are_in_place_of_our_own),
		TEST(adopted_ids_that_cannot_be_read_refuse_the_mailbox),
		TEST(a_look_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
