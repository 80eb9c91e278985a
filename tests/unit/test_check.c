#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "check.h"

#include "options.h"

#define FROM "From a@example.org Thu Jan  1 00:00:00 2026\n"

/* A set-up in which nothing is wrong, and what --check says of it. */
static char top[] = "/tmp/onepop-check-XXXXXX";
static char confdir[64], spool[64], pattern[96], state_dir[64], said_file[64];
static char mailbox[160];
static char user[64]; /* not root */
static uid_t uid;
static gid_t gid;
static char said[65536];
static struct options o;

static void make_file(const char *dir, const char *name, const char *octets,
                      size_t n)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, n, f), n);
	assert_int_equal(fchmod(fileno(f), 0644), 0);
	assert_int_equal(fclose(f), 0);
}

static void make_service(const char *name, const char *text)
{
	make_file(confdir, name, text, strlen(text));
}

static void make_mailbox(const char *octets, size_t n)
{
	make_file(spool, user, octets, n);
	assert_int_equal(chown(mailbox, uid, gid), 0);
}

static int check(void)
{
	int saved, fd, status;
	ssize_t n;

	(void)fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(said_file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(saved >= 0 && fd >= 0);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	status = check_all(&o);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	n = pread(fd, said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	(void)close(fd);
	return status;
}

static void assert_said(const char *part)
{
	if (!strstr(said, part))
		fail_msg("\"%s\" is not in:\n%s", part, said);
}

static void assert_not_said(const char *part)
{
	if (strstr(said, part))
		fail_msg("\"%s\" is in:\n%s", part, said);
}

static void assert_problem(const char *part)
{
	assert_int_equal(check(), EX_CONFIG);
	assert_said(part);
	assert_said("problems: 1,");
}

static void make_directory(char *ret, size_t size, const char *name,
                           mode_t mode)
{
	(void)snprintf(ret, size, "%s/%s", top, name);
	assert_int_equal(mkdir(ret, mode), 0);
	assert_int_equal(chmod(ret, mode), 0);
}

static int set_up_all(void **state)
{
	const struct passwd *pw;

	(void)state;
	pw = geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());
	if (!pw || !mkdtemp(top) || chmod(top, 0755) < 0)
		return -1;
	(void)snprintf(user, sizeof(user), "%s", pw->pw_name);
	uid = pw->pw_uid;
	gid = pw->pw_gid;
	make_directory(confdir, sizeof(confdir), "pam.d", 0755);
	make_directory(spool, sizeof(spool), "mail", 0755);
	make_directory(state_dir, sizeof(state_dir), "state", 0700);
	(void)snprintf(said_file, sizeof(said_file), "%s/said", top);
	(void)snprintf(pattern, sizeof(pattern), "%s/%%u", spool);
	(void)snprintf(mailbox, sizeof(mailbox), "%s/%s", spool, user);
	return 0;
}

static int tear_down_all(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

static int set_up(void **state)
{
	static char name[] = "onepop";
	char *argv[] = {name, NULL};
	char why[256];

	(void)state;
	(void)unsetenv("STATE_DIRECTORY");
	/* The system's options file, if there is one, is not the test's. */
	(void)options_read(&o, 1, argv, why, sizeof(why));
	o.pam_service = "onepop";
	o.pam_confdir = confdir;
	o.mailbox = pattern;
	o.mail_user = NULL;
	o.state_dir = state_dir;
	o.lock_timeout = 1;
	o.check = true;
	o.check_user = NULL;
	make_service("onepop", "auth required pam_unix.so\n"
	                       "account required pam_unix.so\n");
	return 0;
}

static void a_good_set_up_has_no_problems(void **state)
{
	(void)state;
	assert_int_equal(check(), 0);
	assert_said("ok      PAM: service onepop names 2 modules\n");
	assert_said("ok      program: onepop-pam.so can be loaded\n");
	assert_said("ok      mailboxes: ");
	assert_said("ok      state: ");
	assert_said("problems: 0,");
}

static void options_that_are_not_as_by_default_are_said(void **state)
{
	(void)state;
	o.max_failures = 7;
	o.mail_user = user;
	o.network_mailbox = 1;
	assert_int_equal(check(), 0);
	assert_said("ok      option: network-mailbox allow (default: refuse)");
	assert_said("ok      option: max-failures 7 (default: 3)\n");
	assert_said("ok      option: mail-user ");
	assert_not_said("option: idle-timeout");
	assert_not_said("option: pam-service");
}

static void an_options_file_that_others_may_write_is_a_problem(void **state)
{
	(void)state;
	make_file(top, "conf", "", 0);
	o.config = said_file;
	assert_int_equal(check(), 0); /* 0600 */
	assert_said("ok      options: ");
	(void)chmod(said_file, 0666);
	assert_problem("options: others may write");
	(void)chmod(said_file, 0600);
}

static void wrong_pam_services_are_problems(void **state)
{
	static const struct {
		const char *text, *said;
		unsigned int problems, warnings;
	} cases[] = {
		{"", "has no auth line", 1, 1},
		{"account required pam_unix.so\n", "has no auth line", 1, 0},
		{"auth required pam_unix.so\n", "has no account line", 0, 1},
		{"auth required pam_permit.so\naccount required pam_unix.so\n",
	         "lets everybody in", 1, 0},
		{"auth sufficient pam_permit.so\nauth required pam_unix.so\n"
	         "account required pam_unix.so\n",
	         "lets everybody in", 1, 0},
		{"auth [success=1 default=ignore] pam_unix.so nullok\n"
	         "auth requisite pam_deny.so\nauth required pam_permit.so\n"
	         "account required pam_unix.so\n",
	         "names 4 modules", 0, 0},
		{"auth required pam_unix.so\nauth required pam_nonsuch.so\n"
	         "account required pam_unix.so\n",
	         "no module pam_nonsuch.so", 1, 0},
		{"auth required pam_unix.so\n-auth optional pam_nonsuch.so\n"
	         "account required /nonexistent/pam_unix.so\n",
	         "no module /nonexistent/pam_unix.so", 1, 0},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "session required\n",
	         "session without module", 1, 0},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "-session optional pam_mkhomedir.so\n",
	         "pam_mkhomedir.so does not belong", 0, 1},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "-session optional /x/pam_mount.so\n",
	         "pam_mount.so does not belong", 0, 1},
		{"# auth required pam_nonsuch.so\n\n"
	         "AUTH \\\n required \\\npam_unix.so # pam_nonsuch.so\n"
	         "account\trequired\tpam_unix.so\nstray\n",
	         "names 2 modules", 0, 0},
		{"@include nonsuch\nauth required pam_unix.so\n"
	         "account required pam_unix.so\n",
	         "no service nonsuch that can be read", 1, 0},
		{"@include onepop\n", "is included too deeply", 2, 1},
	};
	char sum[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_service("onepop", cases[i].text);
		assert_int_equal(check(), cases[i].problems ? EX_CONFIG : 0);
		assert_said(cases[i].said);
		(void)snprintf(sum, sizeof(sum), "problems: %u, warnings: %u\n",
		               cases[i].problems, cases[i].warnings);
		assert_said(sum);
	}
}

static void included_services_are_read(void **state)
{
	char path[128], text[512];

	(void)state;
	make_service("common", "auth required pam_unix.so\n"
	                       "account required pam_nonsuch.so\n");
	(void)snprintf(path, sizeof(path), "%s/more", confdir);
	make_service("more", "account required pam_permit.so\n");
	/* Of an included service only the lines of that type count. */
	(void)snprintf(text, sizeof(text),
	               "auth include common\naccount substack more\n"
	               "@include %s\n",
	               path);
	make_service("onepop", text);
	assert_int_equal(check(), 0);
	assert_said("names 3 modules");
	make_service("onepop", "@include common\n");
	assert_problem("common: no module pam_nonsuch.so");
}

static void a_service_that_others_may_write_is_a_problem(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/onepop", confdir);
	assert_int_equal(chmod(path, 0666), 0);
	assert_problem("PAM: others may write");
}

static void a_service_that_is_not_there_is_a_problem(void **state)
{
	(void)state;
	o.pam_service = "nonsuch";
	assert_problem("PAM: no service nonsuch that can be read in /tmp/");
	o.pam_confdir = NULL;
	assert_problem("in /etc/pam.d, /usr/lib/pam.d; mend: install");
}

static void wrong_mailbox_directories_are_problems(void **state)
{
	char file[128];

	(void)state;
	o.mailbox = "/nonexistent/%u";
	assert_problem("mailboxes: /nonexistent: No such file");
	make_file(top, "file", "", 0);
	(void)snprintf(file, sizeof(file), "%s/file/%%u", top);
	o.mailbox = file;
	assert_problem("/file is not a directory");
	o.mailbox = "%h/mbox";
	assert_int_equal(check(), 0);
	assert_said("ok      mailboxes: %h/mbox\n");
}

static void a_mailbox_directory_must_be_one_users_can_search(void **state)
{
	static const struct {
		mode_t mode;
		int status;
		const char *said;
	} cases[] = {
		{0700, EX_CONFIG, "users cannot search"},
		{0777, 0, "warning mailboxes: anyone may remove"},
		{01777, 0, "ok      mailboxes: "},
		{0711, 0, "ok      mailboxes: "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(chmod(spool, cases[i].mode), 0);
		assert_int_equal(check(), cases[i].status);
		assert_said(cases[i].said);
	}
	/* The account of all sessions may, as its owner or its group. */
	o.mail_user = user;
	assert_int_equal(chown(spool, uid, gid), 0);
	assert_int_equal(chmod(spool, 0700), 0);
	assert_int_equal(check(), 0);
	assert_int_equal(chown(spool, geteuid(), gid), 0);
	assert_int_equal(chmod(spool, 0710), 0);
	assert_int_equal(check(), 0);
	assert_int_equal(chmod(spool, 0755), 0);
}

static void the_account_of_all_sessions_must_be_a_plain_one(void **state)
{
	(void)state;
	o.mail_user = "root";
	assert_problem("mail user: root is root");
	o.mail_user = "no-such-account";
	assert_problem("mail user: no account no-such-account");
	o.mail_user = user;
	assert_int_equal(check(), 0);
	assert_said("ok      mail user: ");
}

static void wrong_state_directories_are_problems(void **state)
{
	char file[128];

	(void)state;
	assert_int_equal(chmod(state_dir, 0770), 0);
	assert_problem("state: others may write");
	assert_int_equal(chmod(state_dir, 0700), 0);
	make_file(top, "file", "", 0);
	(void)snprintf(file, sizeof(file), "%s/file", top);
	o.state_dir = file;
	assert_problem("/file is not a directory");
	o.state_dir = "/proc/1/nonexistent";
	(void)check();
	assert_said(" state: /proc/1/nonexistent: No such file");
	o.state_dir = geteuid() == 0 ? spool : "/";
	if (geteuid() == 0)
		assert_int_equal(chown(spool, uid, gid), 0);
	assert_problem("belongs to uid ");
	assert_int_equal(chown(spool, geteuid(), getegid()), 0);
	/* Root may write there, but no state fits. */
	o.state_dir = geteuid() == 0 ? "/proc" : "/nonexistent";
	(void)check();
	assert_said("state: ");
}

static void a_users_mailbox_is_counted(void **state)
{
	static const char text[] =
		FROM "Subject: one\n\nbody\n\n" FROM "Subject: two\n\nbody\n";

	(void)state;
	o.check_user = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_int_equal(check(), 0);
	assert_said("ok      mailbox: 2 messages, 44 octets\n");
	assert_not_said("unique-ids");
	assert_not_said("begin with From");
	assert_not_said("Subject");
}

static void twins_and_the_pseudo_message_are_said(void **state)
{
	static const char text[] =
		FROM "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL "
		     "DATA\nX-IMAP: 1 2\n\ntext\n\n" FROM
		     "Subject: x\n\nb\n\n" FROM "Subject: x\n\nb\n\n" FROM
		     "Subject: x\n\nb\n\n" FROM "Subject: y\n\nb\n\n";

	(void)state;
	o.check_user = user;
	make_mailbox(text, sizeof(text) - 1);
	assert_int_equal(check(), 0);
	assert_said("mailbox: 4 messages, ");
	assert_said("pseudo message is kept");
	assert_said("mailbox: 1 unique-ids are of more than one message");
}

static void lines_that_only_look_like_a_start_are_said(void **state)
{
	static char text[4096];
	size_t n;

	(void)state;
	o.check_user = user;
	(void)snprintf(text, sizeof(text),
	               "%sSubject: x\n\nFrom here\nFrom not after a blank\n\n"
	               "From here on\r\n\r\nFrom ",
	               FROM);
	n = strlen(text);
	memset(text + n, 'x', 1000);
	n += 1000;
	make_mailbox(text, n);
	assert_int_equal(check(), 0);
	assert_said("warning mailbox: 3 lines after a blank one begin with "
	            "From and have no date");
	assert_said("at octets 56 90 106; mend: ");
	/* A date at the end of so long a line is still seen. */
	memcpy(text + n - 25, " Thu Jan  1 00:00:00 2026", 25);
	make_mailbox(text, n);
	assert_int_equal(check(), 0);
	assert_said("mailbox: 2 messages");
	assert_said("mailbox: 2 lines after a blank one");
}

static void a_line_longer_than_what_is_read_at_once_is_judged(void **state)
{
	static char text[300000];
	size_t n = strlen(FROM "\n\n");

	(void)state;
	o.check_user = user;
	memset(text, 'x', sizeof(text));
	memcpy(text, FROM "\n\nFrom ", n + 5);
	make_mailbox(text, sizeof(text));
	assert_int_equal(check(), 0);
	assert_said("mailbox: 1 lines after a blank one");
	assert_said("at octets 46;");
	memcpy(text + sizeof(text) - 26, " Thu Jan  1 00:00:00 2026\n", 26);
	make_mailbox(text, sizeof(text));
	assert_int_equal(check(), 0);
	assert_said("mailbox: 2 messages");
	assert_not_said("after a blank one");
}

static void only_the_first_lines_are_named(void **state)
{
	char text[256];

	(void)state;
	o.check_user = user;
	(void)snprintf(text, sizeof(text),
	               "%s\n\nFrom\n\nFrom 1\n\nFrom 2\n\nFrom 3\n\nFrom 4\n",
	               FROM);
	make_mailbox(text, strlen(text));
	assert_int_equal(check(), 0);
	assert_said("mailbox: 4 lines");
	assert_said("octets 52 60 68;");
}

static void a_mailbox_that_cannot_be_served_is_a_problem(void **state)
{
	char other[128];

	(void)state;
	o.check_user = user;
	make_mailbox("Subject: no mbox\n", 17);
	assert_problem("mailbox: it does not begin with a From_ line");
	assert_not_said("no mbox\n");
	(void)snprintf(other, sizeof(other), "%s/other", spool);
	assert_int_equal(link(mailbox, other), 0);
	assert_problem("mailbox: it has more than one link");
	assert_int_equal(unlink(mailbox), 0);
	assert_int_equal(symlink(other, mailbox), 0);
	assert_problem("mailbox: a symbolic link");
	assert_int_equal(unlink(mailbox), 0);
	assert_int_equal(unlink(other), 0);
	assert_int_equal(mkdir(mailbox, 0755), 0);
	assert_problem("mailbox: not a regular file");
	assert_int_equal(rmdir(mailbox), 0);
}

static void no_mailbox_is_no_messages(void **state)
{
	(void)state;
	o.check_user = user;
	(void)unlink(mailbox);
	assert_int_equal(check(), 0);
	assert_said("mailbox: no file, so no messages");
}

static void an_unreadable_mailbox_is_a_problem(void **state)
{
	(void)state;
	o.check_user = user;
	make_mailbox(FROM, strlen(FROM));
	assert_int_equal(chmod(mailbox, 0), 0);
	assert_problem("problem mailbox: its owner may not read");
}

static void a_mailbox_another_program_has_locked_is_a_problem(void **state)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd;

	(void)state;
	o.check_user = user;
	make_mailbox(FROM, strlen(FROM));
	fd = open(mailbox, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_SETLK, &l), 0);
	assert_problem("mailbox: another program held its lock");
	(void)close(fd);
	assert_int_equal(check(), 0);
}

static void virtual_users_have_the_one_account(void **state)
{
	char path[128];

	(void)state;
	o.mail_user = user;
	o.check_user = "virtual@example.org";
	make_file(spool, "virtual@example.org", FROM "\nx\n",
	          strlen(FROM "\nx\n"));
	(void)snprintf(path, sizeof(path), "%s/virtual@example.org", spool);
	assert_int_equal(chown(path, uid, gid), 0);
	assert_int_equal(check(), 0);
	assert_said("user: virtual@example.org, as ");
	assert_said("mailbox: 1 messages, ");
}

static void a_user_that_cannot_be_served_is_a_problem(void **state)
{
	(void)state;
	o.check_user = "no-such-account";
	assert_problem("user: no account no-such-account");
	o.check_user = "root";
	assert_problem("mailbox: cannot become root: root is no user");
	o.check_user = user;
	o.mailbox = "/tmp/%d/%n";
	assert_problem("the name has no part");
	o.mailbox = "/nonexistent/%u";
	assert_int_equal(check(), EX_CONFIG);
	assert_said("mailbox: its directory: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_set_up_has_no_problems, set_up),
		cmocka_unit_test_setup(
			options_that_are_not_as_by_default_are_said, set_up),
		cmocka_unit_test_setup(
			an_options_file_that_others_may_write_is_a_problem,
			set_up),
		cmocka_unit_test_setup(wrong_pam_services_are_problems, set_up),
		cmocka_unit_test_setup(included_services_are_read, set_up),
		cmocka_unit_test_setup(
			a_service_that_others_may_write_is_a_problem, set_up),
		cmocka_unit_test_setup(a_service_that_is_not_there_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(wrong_mailbox_directories_are_problems,
	                               set_up),
		cmocka_unit_test_setup(
			a_mailbox_directory_must_be_one_users_can_search,
			set_up),
		cmocka_unit_test_setup(
			the_account_of_all_sessions_must_be_a_plain_one,
			set_up),
		cmocka_unit_test_setup(wrong_state_directories_are_problems,
	                               set_up),
		cmocka_unit_test_setup(a_users_mailbox_is_counted, set_up),
		cmocka_unit_test_setup(twins_and_the_pseudo_message_are_said,
	                               set_up),
		cmocka_unit_test_setup(
			lines_that_only_look_like_a_start_are_said, set_up),
		cmocka_unit_test_setup(
			a_line_longer_than_what_is_read_at_once_is_judged,
			set_up),
		cmocka_unit_test_setup(only_the_first_lines_are_named, set_up),
		cmocka_unit_test_setup(
			a_mailbox_that_cannot_be_served_is_a_problem, set_up),
		cmocka_unit_test_setup(no_mailbox_is_no_messages, set_up),
		cmocka_unit_test_setup(an_unreadable_mailbox_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(
			a_mailbox_another_program_has_locked_is_a_problem,
			set_up),
		cmocka_unit_test_setup(virtual_users_have_the_one_account,
	                               set_up),
		cmocka_unit_test_setup(
			a_user_that_cannot_be_served_is_a_problem, set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
