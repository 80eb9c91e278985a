/* SPDX-License-Identifier: ISC */
/* Wraps: deadline_in fopen */
#include "checked.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/deadline.h"
#include "base/fileio.h"
#include "check/checkmail.h"

static bool ordinary;

static void look_at(struct report *r)
{
	r->ordinary = ordinary;
	checkmail_user(r, &o, argument);
}

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fopen(const char *path, const char *mode);

/* The user's fields of /etc/shadow, behind the name. */
static const char *shadow = "*:::::::";

FILE *__wrap_fopen(const char *path, const char *mode)
{
	static char text[256];
	int n;

	if (strcmp(path, "/etc/shadow") != 0)
		return __real_fopen(path, mode);
	n = snprintf(text, sizeof(text), "other:*:1000:0:9:7::18262:\n%s:%s\n",
	             user, shadow);
	return fmemopen(text, (size_t)n, "r");
}

static void an_account_that_has_expired_is_said(void **state)
{
	static const struct {
		const char *shadow, *said;
	} cases[] = {
		{"*:1000::::::", NULL},
		{"*:1000:0:99999:7:::", NULL},
		{"*:1000::::99999::", NULL},
		{"*:1000:::::99999:", NULL},
		{"*:1000:::::18262:", "warning user: the account of "},
		{"*:1000:::::0:", "warning user: the account of "},
		{"*:1000:0:90:7:::", "warning user: the password of "},
		{"*::0:90:7:::", NULL},
	};
	size_t i;

	(void)state;
	argument = user;
	(void)unlink(mailbox);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shadow = cases[i].shadow;
		assert_fine();
		if (cases[i].said)
			assert_said(cases[i].said);
		else
			assert_not_said("expired");
	}
	shadow = "*:::::::";
}

static void a_users_mailbox_is_counted(void **state)
{
	static const char text[] =
		FROM "Subject: one\n\nbody\n\n" FROM "Subject: two\n\nbody\n";

	(void)state;
	argument = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_fine();
	assert_said("ok      mailbox: 2 messages, 44 octets\n");
	assert_not_said("unique-ids");
	assert_not_said("begin with From");
	assert_not_said("Subject");
}

static void twins_and_the_pseudo_message_are_said(void **state)
{
	static const char text[] =
		"From MAILER-DAEMON Thu Jan  2 03:04:05 2020\n"
		"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL "
		"DATA\nX-IMAP: 1 2\n\ntext\n\n" FROM "Subject: x\n\nb\n\n" FROM
		"Subject: x\n\nb\n\n" FROM "Subject: x\n\nb\n\n" FROM
		"Subject: y\n\nb\n\n";

	(void)state;
	argument = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_fine();
	assert_said("mailbox: 4 messages, ");
	assert_said("pseudo message is kept");
	assert_said("mailbox: 1 unique-ids are of more than one message");
}

static void lines_that_only_look_like_a_start_are_said(void **state)
{
	static char text[4096];
	size_t n;

	(void)state;
	argument = user;
	(void)snprintf(text, sizeof(text),
	               "%sSubject: x\n\nFrom here\nFrom not after a blank\n\n"
	               "From here on\r\n\r\nFrom ",
	               FROM);
	n = strlen(text);
	memset(text + n, 'x', 1000);
	n += 1000;
	make_mailbox(text, n);
	assert_fine();
	assert_said("warning mailbox: 3 lines after a blank one begin with "
	            "From and have no date");
	assert_said("at octets 56 90 106; fix: ");
	/* A date at the end of so long a line is still seen. */
	memcpy(text + n - 25, " Thu Jan  1 00:00:00 2026", 25);
	make_mailbox(text, n);
	assert_fine();
	assert_said("mailbox: 2 messages");
	assert_said("mailbox: 2 lines after a blank one");
}

static void from_lines_in_odd_places_are_said(void **state)
{
	static const char text[] =
		FROM "Subject: x\n\na\n" FROM "Subject: y\n\nb\n" FROM
		     "and so on\nhalf" FROM "Subject: z\n";

	(void)state;
	argument = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_fine();
	assert_said("mailbox: 2 messages");
	assert_said("warning mailbox: 1 messages start without a blank line "
	            "before them, and some mail programs do not show them; "
	            "the first at octets");
	assert_said("warning mailbox: 1 lines start messages but for the blank "
	            "line before and the header field behind");
	assert_said("warning mailbox: 1 lines start a message in their middle");
	assert_not_said("have no date");
	assert_not_said("has no end");
	assert_not_said("octets with their ends");
}

static void lines_that_are_long_or_have_no_end_are_said(void **state)
{
	char text[8192];
	int n;

	(void)state;
	argument = user;
	/* With CRLF, and a dot more: 2048 octets, and 2049. */
	n = snprintf(text, sizeof(text), FROM "S: x\n\n%02046d\n.%02044d\n", 0,
	             0);
	make_mailbox(text, (size_t)n);
	assert_fine();
	assert_not_said("octets with their ends");
	n = snprintf(text, sizeof(text), FROM "S: x\n\n%02047d\r\n.%02044d", 0,
	             0);
	make_mailbox(text, (size_t)n);
	assert_fine();
	assert_said("warning mailbox: 1 lines have more than 2,048 octets with "
	            "their ends");
	assert_said("warning mailbox: its last line has no end");
}

/* A mail with a patch in it, as dovecot-lda delivers it */
static void lengths_that_reach_beyond_a_message_are_said(void **state)
{
	static const char text[] =
		FROM "content-length: 7\n\nfits\n..\n\n" FROM
		     "Subject: x\nContent-Length: 100\n\npatch:\n\n" FROM
		     "Subject: y\n\nb\n\n" FROM
		     "X: Content-Length: 999\n\nContent-Length: 999\n\n" FROM
		     "Content-Length: 999\n\nthe last\n";

	(void)state;
	argument = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_fine();
	assert_said("mailbox: 5 messages");
	assert_said("warning mailbox: 1 messages have a Content-Length that "
	            "reaches beyond them");
}

static void a_line_longer_than_what_is_read_at_once_is_judged(void **state)
{
	static char text[300000];
	size_t n = strlen(FROM "\n\n");

	(void)state;
	argument = user;
	memset(text, 'x', sizeof(text));
	memcpy(text, FROM "\n\nFrom ", n + 5);
	make_mailbox(text, sizeof(text));
	assert_fine();
	assert_said("mailbox: 1 lines after a blank one");
	assert_said("at octets 46;");
	memcpy(text + sizeof(text) - 26, " Thu Jan  1 00:00:00 2026\n", 26);
	make_mailbox(text, sizeof(text));
	assert_fine();
	assert_said("mailbox: 2 messages");
	assert_not_said("after a blank one");
}

static void only_the_first_lines_are_named(void **state)
{
	char text[256];

	(void)state;
	argument = user;
	(void)snprintf(text, sizeof(text),
	               "%s\n\nFrom\n\nFrom 1\n\nFrom 2\n\nFrom 3\n\nFrom 4\n",
	               FROM);
	make_mailbox(text, strlen(text));
	assert_fine();
	assert_said("mailbox: 4 lines");
	assert_said("octets 52 60 68;");
}

static void a_mailbox_that_cannot_be_served_is_a_problem(void **state)
{
	char other[128];

	(void)state;
	argument = user;
	make_mailbox("Subject: no mbox\n", 17);
	assert_problem("mailbox: not an mbox: it does not begin with a From_ "
	               "line; fix: ");
	assert_not_said("no mbox\n");
	make_mailbox("\nFrom - Mon\nTo: x\n", 18);
	assert_problem("its first line begins with From and does not end in a "
	               "date; fix: ");
	make_mailbox("\n\0From - Mon\n", 13);
	assert_problem("it begins with NULs, as a crash may leave them; fix: ");
	(void)snprintf(other, sizeof(other), "%s/other", spool);
	assert_int_equal(link(mailbox, other), 0);
	assert_problem("mailbox: it has more than one link");
	assert_int_equal(unlink(mailbox), 0);
	assert_int_equal(symlink(other, mailbox), 0);
	assert_problem("mailbox: it is a symbolic link");
	assert_int_equal(unlink(mailbox), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(mkdir(mailbox, 0755), 0);
	assert_problem("mailbox: it is not a regular file");
	assert_int_equal(rmdir(mailbox), 0);
}

static void no_mailbox_is_no_messages(void **state)
{
	(void)state;
	argument = user;
	(void)unlink(mailbox);
	assert_fine();
	assert_said("mailbox: no file, so no messages");
}

static void an_ordinary_user_sees_no_mailbox_of_another(void **state)
{
	(void)state;
	argument = geteuid() == 0 ? user : "games";
	ordinary = true;
	assert_fine();
	ordinary = false;
	assert_int_equal(counted.warnings, 0);
	assert_said("unseen  mailbox: what is in it; fix: onepopctl check, as "
	            "root\n");
}

static void mail_that_lies_elsewhere_is_said(void **state)
{
	char path[256];

	(void)state;
	argument = user;
	(void)unlink(mailbox);
	(void)snprintf(path, sizeof(path), "mkdir -p %s/%c && echo x >%s/%c/%s",
	               spool, *user, spool, *user, user);
	assert_int_equal(system(path), 0);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("warning mailbox: there are no messages in ");
	make_mailbox("", 0);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	make_mailbox(FROM, strlen(FROM));
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	(void)snprintf(path, sizeof(path), "rm -r %s/%c", spool, *user);
	assert_int_equal(system(path), 0);
}

static void an_unreadable_mailbox_is_a_problem(void **state)
{
	(void)state;
	argument = user;
	make_mailbox(FROM, strlen(FROM));
	assert_int_equal(chmod(mailbox, 0), 0);
	assert_problem("problem mailbox: its owner may not read");
}

static void a_mailbox_another_program_has_locked_is_a_problem(void **state)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd;

	(void)state;
	argument = user;
	make_mailbox(FROM, strlen(FROM));
	fd = open(mailbox, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETLK, &l), 0);
	assert_problem("mailbox: it is locked by another program");
	(void)close(fd);
	assert_fine();
}

static void virtual_users_have_the_one_account(void **state)
{
	char path[128];

	(void)state;
	o.mail_user = user;
	argument = "virtual@example.org";
	make_file(spool, "virtual@example.org", FROM "\nx\n",
	          strlen(FROM "\nx\n"));
	(void)snprintf(path, sizeof(path), "%s/virtual@example.org", spool);
	assert_int_equal(chown(path, uid, gid), 0);
	assert_fine();
	assert_said("user: virtual@example.org, as ");
	assert_said("mailbox: 1 messages, ");
}

static void another_name_of_a_user_has_the_same_mailbox(void **state)
{
	char login[128], line[256];

	(void)state;
	make_mailbox(FROM "\nx\n", strlen(FROM "\nx\n"));
	(void)snprintf(login, sizeof(login), "%s@Example.org", user);
	argument = login;
	assert_problem("user: no account ");
	o.account = "%n";
	assert_fine();
	(void)snprintf(line, sizeof(line), "user: %s is let in as %s\n", login,
	               user);
	assert_said(line);
	assert_said("mailbox: 1 messages, ");
	argument = "root@example.org";
	assert_problem("user: root is root, who may not log in");
	argument = "@example.org";
	assert_problem("user: @example.org cannot log in: --account %n makes "
	               "no login name of it; fix: set account");
}

static void a_user_that_cannot_be_served_is_a_problem(void **state)
{
	(void)state;
	argument = "no-such-account";
	assert_problem("user: no account no-such-account");
	argument = "root";
	assert_problem("user: root is root, who may not log in");
	o.mail_user = user;
	assert_problem("user: root is root, who may not log in");
	o.mail_user = NULL;
	argument = user;
	o.mailbox = "/tmp/%d/%n";
	assert_problem("the name has no part");
	o.mailbox = "/nonexistent/%u";
	assert_problem("mailbox: its directory: No such file");
}

static void an_interrupted_update_is_said(void **state)
{
	struct journal j;

	(void)state;
	argument = user;
	make_mailbox(FROM, strlen(FROM));
	assert_fine();
	assert_said("ok      mailbox: no update is pending\n");
	leave_journal(mailbox, false);
	assert_fine();
	assert_said("ok      mailbox: no update is pending\n");
	j = make_journal(mailbox, true);
	assert_fine();
	assert_said("ok      mailbox: a session is using it\n");
	assert_not_said("pending");
	journal_close(&j);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("warning mailbox: an update was interrupted, so it may be "
	            "neither old nor new; fix: onepopctl recover");
	assert_said("mailbox: 1 messages");
}

static void a_journal_that_cannot_be_used_is_said(void **state)
{
	char path[512];
	struct mailpath p;

	(void)state;
	argument = user;
	make_mailbox(FROM, strlen(FROM));
	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(path, sizeof(path), "%s/%s.journal", state_dir, p.state);
	assert_int_equal(symlink("other", path), 0);
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("warning mailbox: its journal ");
	o.state_dir = "/tmp/onepop-nonexistent";
	assert_fine();
	assert_said("no update is pending");
	o.state_dir = said_file; /* no directory */
	assert_fine();
	assert_said("warning mailbox: its journal ");
}

static int fail_fstat(int fd, struct stat *st)
{
	(void)fd;
	(void)st;
	errno = EIO;
	return -1;
}

/* The mailbox can be scanned, but not be read once more. */
static ssize_t fail_third_pread(int fd, void *buf, size_t n, off_t at)
{
	static int starts;

	if (at != 0 || starts++ < 2)
		return pread(fd, buf, n, at);
	errno = EIO;
	return -1;
}

static ssize_t die_at_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	(void)open("/dev/null", O_RDONLY); /* which the sandbox kills */
	return -1;
}

/* A second takes so many milliseconds. */
static int a_second = 1000;

deadline_t __wrap_deadline_in(int seconds);

deadline_t __wrap_deadline_in(int seconds)
{
	return deadline_now() + (deadline_t)seconds * a_second;
}

static ssize_t stop_at_pread(int fd, void *buf, size_t n, off_t at)
{
	(void)raise(SIGSTOP);
	return pread(fd, buf, n, at);
}

/* The child is the user's, who can stop it. */
static void a_user_who_stops_it_does_not_stop_us(void **state)
{
	const struct fileio usual = fileio;

	(void)state;
	argument = user;
	o.sandbox = SANDBOX_OFF; /* in which raise is not allowed */
	make_mailbox(FROM, strlen(FROM));
	fileio.pread = stop_at_pread;
	a_second = 1;
	assert_problem("mailbox: looking at it takes too long");
	a_second = 1000;
	fileio = usual;
}

static void what_the_system_refuses_is_a_problem(void **state)
{
	const struct fileio usual = fileio;

	(void)state;
	argument = user;
	make_mailbox(FROM, strlen(FROM));
	fileio.fstat = fail_fstat;
	assert_problem("mailbox: Input/output error; fix: look at its perm");
	fileio = usual;
	fileio.pread = fail_third_pread;
	assert_problem("mailbox: Input/output error; fix: look at its file");
	assert_said("mailbox: 1 messages");
	fileio.pread = die_at_pread;
	assert_problem("mailbox: looking at it was ended by a signal");
	fileio = usual;
	assert_fine();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_account_that_has_expired_is_said,
	                               set_up),
		cmocka_unit_test_setup(a_users_mailbox_is_counted, set_up),
		cmocka_unit_test_setup(twins_and_the_pseudo_message_are_said,
	                               set_up),
		cmocka_unit_test_setup(
			lines_that_only_look_like_a_start_are_said, set_up),
		cmocka_unit_test_setup(
			a_line_longer_than_what_is_read_at_once_is_judged,
			set_up),
		cmocka_unit_test_setup(
			lines_that_are_long_or_have_no_end_are_said, set_up),
		cmocka_unit_test_setup(from_lines_in_odd_places_are_said,
	                               set_up),
		cmocka_unit_test_setup(
			lengths_that_reach_beyond_a_message_are_said, set_up),
		cmocka_unit_test_setup(only_the_first_lines_are_named, set_up),
		cmocka_unit_test_setup(
			a_mailbox_that_cannot_be_served_is_a_problem, set_up),
		cmocka_unit_test_setup(no_mailbox_is_no_messages, set_up),
		cmocka_unit_test_setup(
			an_ordinary_user_sees_no_mailbox_of_another, set_up),
		cmocka_unit_test_setup(mail_that_lies_elsewhere_is_said,
	                               set_up),
		cmocka_unit_test_setup(an_unreadable_mailbox_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(
			a_mailbox_another_program_has_locked_is_a_problem,
			set_up),
		cmocka_unit_test_setup(virtual_users_have_the_one_account,
	                               set_up),
		cmocka_unit_test_setup(
			another_name_of_a_user_has_the_same_mailbox, set_up),
		cmocka_unit_test_setup(
			a_user_that_cannot_be_served_is_a_problem, set_up),
		cmocka_unit_test_setup(an_interrupted_update_is_said, set_up),
		cmocka_unit_test_setup(a_journal_that_cannot_be_used_is_said,
	                               set_up),
		cmocka_unit_test_setup(a_user_who_stops_it_does_not_stop_us,
	                               set_up),
		cmocka_unit_test_setup(what_the_system_refuses_is_a_problem,
	                               set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
