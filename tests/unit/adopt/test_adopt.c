/* SPDX-License-Identifier: ISC */
/*
 * Wraps: crew_bind deadline_in fork isatty maildrop_scan memfd_create
 * Wraps: privileges_switch sandbox_mail
 */
#include "checked.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "adopt/adopt.h"
#include "adopt/adoptjoin.h"
#include "base/fileio.h"
#include "base/statename.h"
#include "fails.h"
#include "maildrop/adopted.h"
#include "maildrop/maildrop.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

FAILS(crew_bind, int, (void), (), -1)
FAILS(fork, pid_t, (void), (), -1)
FAILS(memfd_create, int, (const char *name, unsigned int how), (name, how), -1)
FAILS(privileges_switch, const char *, (uid_t u, gid_t g, const char *root),
      (u, g, root), "setuid")

/* What a child that the user has taken over does instead of its work. */
static void (*instead)(void);

const char *__real_sandbox_mail(const struct options *opt,
                                const struct sandbox_files *f);
const char *__wrap_sandbox_mail(const struct options *opt,
                                const struct sandbox_files *f);

const char *__wrap_sandbox_mail(const struct options *opt,
                                const struct sandbox_files *f)
{
	if (instead)
		instead();
	return __real_sandbox_mail(opt, f);
}

/* What another program does between the look and the lock. */
static void (*meanwhile)(void);

enum maildrop_status __real_maildrop_scan(struct maildrop *d);
enum maildrop_status __wrap_maildrop_scan(struct maildrop *d);

enum maildrop_status __wrap_maildrop_scan(struct maildrop *d)
{
	enum maildrop_status status = __real_maildrop_scan(d);

	if (meanwhile)
		meanwhile();
	return status;
}

static int a_second = 1000;
static bool minute_is_over;

deadline_t __wrap_deadline_in(int seconds);

deadline_t __wrap_deadline_in(int seconds)
{
	if (minute_is_over && seconds == 60)
		return deadline_now();
	return deadline_now() + (deadline_t)seconds * a_second;
}

static bool terminal;

int __wrap_isatty(int fd);

int __wrap_isatty(int fd)
{
	return fd == STDERR_FILENO && terminal;
}

#define ONE FROM "Message-ID: <1@x>\nSubject: one\n\nfirst\n\n"
#define TWO FROM "Message-ID: <2@x>\nSubject: two\n\nsecond\n\n"
#define BAD FROM "Subject: three\n\nthird\n\n"

static struct adopt adopt;
static char *users[4];
static int status;

/* Runs adopt_run, and takes what it prints. */
static void look_at(struct report *r)
{
	int saved = dup(STDERR_FILENO);

	(void)r;
	assert_true(saved >= 0);
	assert_true(dup2(STDOUT_FILENO, STDERR_FILENO) >= 0);
	adopt.users = users;
	adopt_begin(&adopt);
	status = adopt_run(&o, &adopt);
	left_crew_bind = left_fork = left_memfd_create = 0;
	left_privileges_switch = 0;
	instead = meanwhile = NULL;
	a_second = 1000;
	minute_is_over = terminal = false;
	failed = status != EX_OK;
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
}

static int begin(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -f %s/*", spool);
	assert_int_equal(system(command), 0);
	adopt = (struct adopt){.format = "vm-pop3d"};
	users[0] = user;
	users[1] = NULL;
	return set_up(state);
}

static void fill(const char *text)
{
	make_mailbox(text, strlen(text));
}

static const char *state_file(const char *suffix)
{
	static char path[PATH_MAX];
	struct mailpath p;

	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(path, sizeof(path), "%s/%s%s", state_dir, p.state,
	               suffix);
	return path;
}

static bool exists(const char *suffix)
{
	return access(state_file(suffix), F_OK) == 0;
}

/* Returns the octets of NAME.uidl, as text that is valid until the next. */
static const char *adopted_text(void)
{
	static char text[4096];
	FILE *f = fopen(state_file(STATENAME_UIDL), "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

static void assert_status(int want)
{
	(void)look();
	if (status != want)
		fail_msg("status %d, not %d:\n%s", status, want, said);
}

static void ids_are_adopted_and_counted(void **state)
{
	(void)state;
	fill(ONE TWO);
	assert_status(0);
	assert_said(": 2 messages, 2 ids adopted, 0 before\n");
	assert_said("1 users, 2 messages: 2 ids adopted, 0 before, 0 without "
	            "an old id\n");
	assert_not_said("warning");
	assert_non_null(strstr(adopted_text(), "onepop-uidl 1 vm-pop3d 2 "));
	assert_non_null(strstr(adopted_text(), "\t1@x\n"));
	assert_non_null(strstr(adopted_text(), "\t2@x\n"));
}

static void a_second_run_changes_nothing(void **state)
{
	struct stat first, second;

	(void)state;
	fill(ONE TWO);
	assert_status(0);
	assert_int_equal(stat(state_file(STATENAME_UIDL), &first), 0);
	assert_status(0);
	assert_said(": 2 messages, 0 ids adopted, 2 before\n");
	assert_not_said("warning");
	assert_int_equal(stat(state_file(STATENAME_UIDL), &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	assert_int_equal(first.st_mtim.tv_nsec, second.st_mtim.tv_nsec);
}

static void messages_without_an_old_id_are_told(void **state)
{
	(void)state;
	adopt.format = "x-uidl";
	fill(FROM "X-UIDL: a\n\n1\n\n" BAD BAD);
	assert_status(0);
	assert_said(": 3 messages, 1 ids adopted, 0 before\n"
	            "  2 without an old id: it has no X-UIDL of 1 to 70 ");
	assert_said("1 ids adopted, 0 before, 2 without an old id\n");
}

static void an_old_id_like_our_own_is_refused(void **state)
{
	(void)state;
	adopt.format = "x-uidl";
	fill(FROM "X-UIDL: aaaaaaaaaaaaaaaaaaaaaaaaaa-7\n\n1\n\n");
	assert_status(0);
	assert_said("  1 without an old id: its old id has the form of "
	            "onepop's own\n");
	assert_false(exists(STATENAME_UIDL));
}

static void messages_that_servers_split_otherwise_are_told(void **state)
{
	(void)state;
	adopt.format = "openbsd"; /* needs no blank line */
	fill(FROM "Subject: 1\n\ntext\nFrom "
	          "nobody\nmore\n\n" TWO);
	assert_status(0);
	assert_said("  1 more messages were only the old server's: it split ");
}

static void a_dry_run_writes_nothing(void **state)
{
	(void)state;
	fill(ONE TWO);
	adopt.dry_run = true;
	assert_status(0);
	assert_said(": 2 messages, 2 ids adopted, 0 before\n");
	assert_said("dry run: 1 users, 2 messages: 2 ids would be adopted, ");
	assert_false(exists(STATENAME_UIDL));
	assert_false(exists(STATENAME_INDEX));
	assert_false(exists(STATENAME_JOURNAL));
}

static void a_dry_run_knows_what_was_adopted(void **state)
{
	(void)state;
	fill(ONE TWO);
	assert_status(0);
	adopt.dry_run = true;
	assert_status(0);
	assert_said(": 2 messages, 0 ids adopted, 2 before\n");
}

static void a_dry_run_leaves_updates_to_recover(void **state)
{
	(void)state;
	fill(ONE);
	leave_journal(mailbox, true);
	adopt.dry_run = true;
	assert_status(1);
	assert_said("an update of it was interrupted; fix: onepopctl recover");
}

static void a_mailbox_that_was_served_is_warned_of(void **state)
{
	struct mailpath p;
	char name[PATH_MAX];

	(void)state;
	fill(ONE);
	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(name, sizeof(name), "%s%s", p.state, STATENAME_INDEX);
	make_file(state_dir, name, "index", 5);
	assert_status(0);
	assert_said("warning: onepop has served this mailbox before: ");
	assert_said(" know 1 messages by onepop's ids, and will download ");
}

static void a_run_that_adopts_nothing_leaves_no_index(void **state)
{
	(void)state;
	fill(ONE);
	adopt.format = "x-uidl";
	assert_status(0);
	assert_false(exists(STATENAME_INDEX));
	adopt.format = "vm-pop3d";
	assert_status(0);
	assert_not_said("warning");
	assert_true(exists(STATENAME_INDEX));
}

static void a_mailbox_in_a_session_is_left(void **state)
{
	struct journal j;

	(void)state;
	fill(ONE);
	j = make_journal(mailbox, false);
	assert_status(EX_TEMPFAIL);
	journal_close(&j);
	assert_said("a session uses the mailbox: nothing is adopted; fix: ");
	assert_said("0 users with a problem, 1 in use");
	assert_false(exists(STATENAME_UIDL));
}

static void a_locked_mailbox_is_left(void **state)
{
	struct flock l = {.l_type = F_WRLCK};
	int fd;

	(void)state;
	fill(ONE);
	fd = open(mailbox, O_RDWR);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
	assert_status(EX_TEMPFAIL);
	(void)close(fd);
	assert_said("another program uses the mailbox: nothing is adopted");
}

static void deliver_two(void)
{
	int fd = open(mailbox, O_WRONLY | O_APPEND);

	if (fd < 0 || write(fd, TWO, strlen(TWO)) < 0)
		abort();
	(void)close(fd);
}

static void a_mailbox_that_changes_meanwhile_is_left(void **state)
{
	(void)state;
	o.sandbox = SANDBOX_OFF; /* the other program is in the child */
	fill(ONE);
	meanwhile = deliver_two;
	assert_status(EX_TEMPFAIL);
	assert_false(exists(STATENAME_UIDL));
	assert_status(0);
	assert_said(": 3 messages, 3 ids adopted, 0 before\n");
	assert_not_said("warning"); /* no client has seen it */
}

static void a_mailbox_that_cannot_be_served_is_a_problem(void **state)
{
	(void)state;
	fill("no mbox\n");
	assert_status(1);
	assert_said("it does not begin with a From_ line");
	assert_said("1 users with a problem, 0 in use");
}

static void a_damaged_file_is_a_problem(void **state)
{
	struct mailpath p;
	char name[PATH_MAX];

	(void)state;
	fill(ONE);
	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(name, sizeof(name), "%s%s", p.state, STATENAME_UIDL);
	make_file(state_dir, name, "x", 1);
	assert_status(1);
	assert_said("it is damaged; fix: restore it, or onepopctl adopt "
	            "--drop USER");
	adopt = (struct adopt){.drop = user};
	users[0] = NULL;
	assert_status(0);
	assert_said(": the adopted ids are forgotten");
	assert_status(0);
	assert_said(": there are no adopted ids");
}

static void a_drop_waits_for_the_session(void **state)
{
	struct journal j;

	(void)state;
	fill(ONE);
	assert_status(0);
	j = make_journal(mailbox, false);
	adopt = (struct adopt){.drop = user};
	a_second = 10;
	assert_status(EX_TEMPFAIL);
	journal_close(&j);
	assert_true(exists(STATENAME_UIDL));
}

static void no_mailbox_is_fine(void **state)
{
	(void)state;
	(void)unlink(mailbox);
	assert_status(0);
	assert_said(": 0 messages, 0 ids adopted");
}

static void users_are_accounts_and_not_root(void **state)
{
	static char root[] = "root", nobody[] = "no-such-user";

	(void)state;
	fill(ONE);
	users[1] = root;
	users[2] = nobody;
	users[3] = NULL;
	assert_status(1);
	assert_said("root: root may not log in");
	assert_said("no-such-user: no such account");
	assert_said("2 users with a problem");
	assert_true(exists(STATENAME_UIDL));
}

static void a_name_that_stands_twice_is_done_once(void **state)
{
	(void)state;
	fill(ONE);
	users[1] = user;
	users[2] = NULL;
	assert_status(0);
	assert_said("1 users, 1 messages: 1 ids adopted");
}

static void all_finds_users_with_a_mailbox(void **state)
{
	(void)state;
	fill(ONE TWO);
	users[0] = NULL;
	adopt.all = true;
	assert_status(0);
	assert_said("1 users, 2 messages: 2 ids adopted");
	assert_true(exists(STATENAME_UIDL));
}

static void all_shows_how_far_it_is(void **state)
{
	(void)state;
	fill(ONE TWO);
	users[0] = NULL;
	adopt.all = true;
	assert_status(0);
	assert_not_said("of 1 users"); /* not a minute has gone */
	minute_is_over = true;
	assert_status(0);
	assert_said("onepopctl: 1 of 1 users\n");
	terminal = true;
	assert_status(0);
	assert_said("\r[##############################] 1 of 1 users\033[K"
	            "\r\033[K");
	adopt.all = false;
	users[0] = user;
	terminal = true;
	assert_status(0);
	assert_not_said("#");
}

static void all_finds_files_of_virtual_users(void **state)
{
	char lock[200], command[128];

	(void)state;
	o.mail_user = user;
	fill(ONE);
	make_file(spool, "v1", ONE TWO, strlen(ONE TWO));
	memset(lock, 'x', sizeof(lock)); /* so large that it locks nothing */
	make_file(spool, "v1.lock", lock, sizeof(lock));
	make_file(spool, "v2@example.org", ONE, strlen(ONE));
	make_file(spool, "no name", ONE, strlen(ONE));
	(void)snprintf(command, sizeof(command), "chown -R nobody %s", spool);
	if (geteuid() == 0)
		assert_int_equal(system(command), 0);
	users[0] = NULL;
	adopt.all = true;
	assert_status(0);
	assert_said("3 users, 4 messages: 4 ids adopted");
}

static void auto_says_how_it_decided(void **state)
{
	(void)state;
	adopt.format = "auto";
	fill(FROM "X-UIDL: a\n\n1\n\n");
	assert_status(0);
	assert_said("  format x-uidl: 1 of 1 messages have an X-UIDL\n");
	assert_non_null(strstr(adopted_text(), "onepop-uidl 1 x-uidl 1 "));
	fill(FROM "X-IMAPbase: 1 2\nX-UID: 1\n\n1\n\n");
	assert_status(1);
	assert_said("UW and Dovecot both write it");
	fill(ONE);
	assert_status(1);
	assert_said("the old server computed its ids. Say which it was");
}

/* Adopts from a file with that text. */
static void fill_file(const char *text)
{
	static char path[PATH_MAX];

	make_file(state_dir, "ids", text, strlen(text));
	(void)snprintf(path, sizeof(path), "%s/ids", state_dir);
	adopt = (struct adopt){.from_file = path};
	users[0] = NULL;
}

/* The same; each %s in the text is the user. */
static void fill_user_file(const char *text)
{
	char filled[512];
	size_t n = 0;

	for (; *text; text++) {
		if (strncmp(text, "%s", 2) != 0) {
			filled[n++] = *text;
			continue;
		}
		n += (size_t)sprintf(filled + n, "%s", user);
		text++;
	}
	filled[n] = '\0';
	fill_file(filled);
}

static void a_file_tells_ids_in_order(void **state)
{
	(void)state;
	fill(ONE TWO);
	fill_user_file("# of the old server\r\n%s\told-1\r\n\n%s\told-2");
	assert_status(0);
	assert_said("1 users, 2 messages: 2 ids adopted, 0 before, 0 without "
	            "an old id\n");
	assert_not_said(": 2 messages, 2 ids"); /* nothing odd */
	assert_non_null(strstr(adopted_text(), "onepop-uidl 1 import 2 "));
	assert_non_null(strstr(adopted_text(), "\told-1\n"));
	assert_non_null(strstr(adopted_text(), "\told-2\n"));
	assert_status(0);
	assert_said("0 ids adopted, 2 before");
}

static void order_needs_the_same_number_of_messages(void **state)
{
	(void)state;
	fill(ONE TWO);
	fill_user_file("%s\told-1\n");
	assert_status(0);
	assert_said(": 2 messages, 0 ids adopted, 0 before\n"
	            "  1 ids of the old server's list belong to no message "
	            "here\n  2 without an old id: the old server's list has "
	            "another number of messages, and order alone cannot tell ");
	assert_false(exists(STATENAME_UIDL));
}

static void a_file_tells_message_ids(void **state)
{
	(void)state;
	fill(ONE TWO BAD FROM "Message-ID: <4@x>\n\n4\n\n");
	fill_user_file("%s\told-2\t<2@x>\n"
	               "%s\told-5\t<5@x>\n"
	               "%s\told-6\t\n"
	               "%s\told-1\t<1@x>\r\n");
	adopt.dry_run = true;
	assert_status(0);
	assert_said("2 ids would be adopted");
	assert_false(exists(STATENAME_UIDL));
	adopt.dry_run = false;
	assert_status(0);
	assert_said(": 4 messages, 2 ids adopted, 0 before\n"
	            "  2 ids of the old server's list belong to no message ");
	assert_said("  1 without an old id: it has no Message-ID\n");
	assert_said("  1 without an old id: the old server's list has no "
	            "message with its Message-ID\n");
	fill(ONE TWO);
	assert_status(0);
	assert_said("0 ids adopted, 2 before, 0 without");
}

static void one_message_id_in_another_number_is_doubtful(void **state)
{
	(void)state;
	fill(ONE ONE TWO);
	fill_user_file("%s\told-1\t<1@x>\n%s\told-2\t<2@x>\n");
	assert_status(0);
	assert_said(": 3 messages, 1 ids adopted, 0 before\n");
	assert_said("  2 without an old id: the old server's list has another "
	            "number of messages with its Message-ID\n");
}

static void an_old_id_in_a_file_is_not_like_our_own(void **state)
{
	(void)state;
	fill(ONE);
	fill_user_file("%s\taaaaaaaaaaaaaaaaaaaaaaaaaa-7\n");
	assert_status(0);
	assert_said("its old id has the form of onepop's own");
	assert_false(exists(STATENAME_UIDL));
}

static void a_file_with_a_bad_line_changes_nothing(void **state)
{
	(void)state;
	fill(ONE);
	fill_user_file("%s\told-1\nbob\tbad id\n");
	assert_status(EX_DATAERR);
	assert_said("/ids: line 2: the second column is no id of 1 to 70 ");
	assert_false(exists(STATENAME_UIDL));
	assert_false(exists(STATENAME_JOURNAL));
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
	(void)state;
	fill(ONE);
	adopt = (struct adopt){.from_file = "/nonexistent"};
	users[0] = NULL;
	assert_status(EX_NOINPUT);
	assert_said("/nonexistent: open: No such file or directory");
	adopt.from_file = "/";
	assert_status(EX_NOINPUT);
	assert_said("/: Is a directory");
}

static void users_of_a_file_without_an_account_are_told(void **state)
{
	(void)state;
	fill(ONE);
	fill_user_file("%s\told-1\nno-such-user\tx\nroot\ty\n");
	assert_status(1);
	assert_said("no-such-user: no such account");
	assert_said("root: root may not log in");
	assert_said("1 users, 1 messages: 1 ids adopted");
	assert_true(exists(STATENAME_UIDL));
}

static void a_file_for_an_empty_mailbox_adopts_nothing(void **state)
{
	(void)state;
	fill("");
	fill_user_file("%s\told-1\n");
	assert_status(0);
	assert_said(": 0 messages, 0 ids adopted, 0 before\n"
	            "  1 ids of the old server's list belong to no message ");
}

static void a_mailbox_of_a_file_in_use_is_tried_again(void **state)
{
	struct journal j;

	(void)state;
	fill(ONE);
	fill_user_file("%s\told-1\n");
	j = make_journal(mailbox, false);
	assert_status(EX_TEMPFAIL);
	journal_close(&j);
	assert_said("a session uses the mailbox: nothing is adopted; fix: ");
	o.sandbox = SANDBOX_OFF; /* the other program is in the child */
	meanwhile = deliver_two;
	assert_status(EX_TEMPFAIL);
	assert_false(exists(STATENAME_UIDL));
}

static void the_command_line_is_checked(void **state)
{
	struct adopt a = {.users = users};

	(void)state;
	assert_non_null(adopt_problem(&a));
	a.format = "popa3d";
	assert_null(adopt_problem(&a));
	a.all = true;
	assert_non_null(adopt_problem(&a));
	users[0] = NULL;
	assert_null(adopt_problem(&a));
	a.all = false;
	assert_non_null(adopt_problem(&a));
	a.all = true;
	a.format = "auto";
	assert_null(adopt_problem(&a));
	a.format = "pop";
	assert_non_null(strstr(adopt_problem(&a), "auto x-uidl uw dovecot "));
	a.drop = user;
	assert_non_null(adopt_problem(&a));
	a = (struct adopt){.users = users, .drop = user};
	assert_null(adopt_problem(&a));
	a.from_file = "f";
	assert_non_null(adopt_problem(&a));
	a = (struct adopt){.users = users, .from_file = "f", .dry_run = true};
	assert_null(adopt_problem(&a));
	users[0] = user;
	assert_non_null(adopt_problem(&a));
	users[0] = NULL;
	a.all = true;
	assert_non_null(adopt_problem(&a));
	a = (struct adopt){
		.users = users, .from_file = "f", .format = "popa3d"};
	assert_non_null(adopt_problem(&a));
}

static void failures_of_the_child_are_told(void **state)
{
	(void)state;
	fill(ONE);
	FAIL_NEXT(fork, EAGAIN);
	assert_status(1);
	FAIL_NEXT(crew_bind, ESRCH);
	assert_status(1);
	assert_said("PR_SET_PDEATHSIG: No such process");
	FAIL_NEXT(privileges_switch, EPERM);
	assert_status(1);
	assert_said("setuid: Operation not permitted");
	FAIL_NEXT(memfd_create, ENOMEM);
	assert_status(EX_OSERR);
	FAIL_NEXT(memfd_create, ENOMEM);
	skip_memfd_create = 1;
	assert_status(1);
	assert_false(exists(STATENAME_UIDL));
	o.state_dir = "/nonexistent";
	assert_status(EX_CONFIG);
}

static void die(void)
{
	(void)raise(SIGKILL);
}

static void stop(void)
{
	(void)raise(SIGSTOP);
}

static struct adoptjoin_result forged;
static const char *forged_pairs;

static void forge(void)
{
	forged.octets =
		forged.octets ? forged.octets : (uint32_t)strlen(forged_pairs);
	if (fileio_pwrite(STDOUT_FILENO, &forged, sizeof(forged), 0) < 0 ||
	    fileio_pwrite(STDOUT_FILENO, forged_pairs, strlen(forged_pairs),
	                  ADOPTJOIN_PAIRS) < 0)
		abort();
	_exit(ADOPTJOIN_DONE);
}

static void overflow(void)
{
	static char octets[1 << 20];
	off_t at;

	for (at = 0; pwrite(STDOUT_FILENO, octets, sizeof(octets), at) > 0;)
		at += (off_t)sizeof(octets);
	_exit(at <= (off_t)ADOPTED_MOST ? 0 : 99);
}

#define OWN "aaaaaaaaaaaaaaaaaaaaaaaaaa"

static void a_child_is_not_believed(void **state)
{
	static const struct {
		struct adoptjoin_result r;
		const char *pairs;
	} lies[] = {
		{{.messages = 1}, OWN "\tx y\n"},
		{{.messages = 1}, OWN "\tx\n" OWN "\ty\n"},
		{{.messages = 0}, OWN "\tx\n"},
		{{.messages = 1, .octets = UINT32_MAX}, ""},
		{{.messages = 1, .octets = 1000}, ""},
		{{.messages = 1, .notes = {{.messages = 2}}}, ""},
		{{.messages = UINT32_MAX,
	          .notes = {{.messages = UINT32_MAX}, {.messages = 1}}},
	         ""},
	};
	size_t i;

	(void)state;
	fill(ONE);
	for (i = 0; i < LENGTH(lies); i++) {
		forged = lies[i].r;
		forged_pairs = lies[i].pairs;
		instead = forge;
		assert_status(1);
		assert_said("what was found: Bad message");
		assert_false(exists(STATENAME_UIDL));
	}
	instead = die;
	assert_status(1);
	assert_said("the search was killed; fix: run this once more");
	instead = overflow;
	assert_status(0); /* nothing was found */
	assert_false(exists(STATENAME_UIDL));
	instead = stop;
	a_second = 1;
	assert_status(1);
	assert_said("the search takes too long");
}

static void texts_of_a_child_are_printed_clean(void **state)
{
	(void)state;
	fill(ONE);
	forged = (struct adoptjoin_result){.messages = 1};
	forged_pairs = "";
	memset(forged.notes[0].reason, '\033', sizeof(forged.notes[0].reason));
	forged.notes[0].messages = 1;
	instead = forge;
	assert_status(0);
	assert_said("  1 without an old id: ????");
	assert_not_said("\033");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_are_adopted_and_counted),
		TEST(a_second_run_changes_nothing),
		TEST(messages_without_an_old_id_are_told),
		TEST(an_old_id_like_our_own_is_refused),
		TEST(messages_that_servers_split_otherwise_are_told),
		TEST(a_dry_run_writes_nothing),
		TEST(a_dry_run_knows_what_was_adopted),
		TEST(a_dry_run_leaves_updates_to_recover),
		TEST(a_mailbox_that_was_served_is_warned_of),
		TEST(a_run_that_adopts_nothing_leaves_no_index),
		TEST(a_mailbox_in_a_session_is_left),
		TEST(a_locked_mailbox_is_left),
		TEST(a_mailbox_that_changes_meanwhile_is_left),
		TEST(a_mailbox_that_cannot_be_served_is_a_problem),
		TEST(a_damaged_file_is_a_problem),
		TEST(a_drop_waits_for_the_session),
		TEST(no_mailbox_is_fine),
		TEST(users_are_accounts_and_not_root),
		TEST(a_name_that_stands_twice_is_done_once),
		TEST(all_finds_users_with_a_mailbox),
		TEST(all_shows_how_far_it_is),
		TEST(all_finds_files_of_virtual_users),
		TEST(auto_says_how_it_decided),
		TEST(a_file_tells_ids_in_order),
		TEST(order_needs_the_same_number_of_messages),
		TEST(a_file_tells_message_ids),
		TEST(one_message_id_in_another_number_is_doubtful),
		TEST(an_old_id_in_a_file_is_not_like_our_own),
		TEST(a_file_with_a_bad_line_changes_nothing),
		TEST(a_file_that_cannot_be_read_is_told),
		TEST(users_of_a_file_without_an_account_are_told),
		TEST(a_file_for_an_empty_mailbox_adopts_nothing),
		TEST(a_mailbox_of_a_file_in_use_is_tried_again),
		TEST(the_command_line_is_checked),
		TEST(failures_of_the_child_are_told),
		TEST(a_child_is_not_believed),
		TEST(texts_of_a_child_are_printed_clean),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
