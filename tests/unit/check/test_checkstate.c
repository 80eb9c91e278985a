/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "base/statename.h"
#include "check/checkstate.h"
#include "maildrop/adopted.h"
#include "update/keptfile.h"

static bool made_later;

static void look_at(struct report *r)
{
	checkstate_directory(r, &o, made_later);
}

static void wrong_state_directories_are_problems(void **state)
{
	char file[128];

	(void)state;
	assert_int_equal(chmod(state_dir, 0770), 0);
	assert_problem("state: others may write");
	assert_said("/state; fix: chmod 0700 /tmp/onepop-check-");
	assert_int_equal(chmod(state_dir, 0700), 0);
	make_file(top, "file", "", 0);
	(void)snprintf(file, sizeof(file), "%s/file", top);
	o.state_dir = file;
	assert_problem("/file is not a directory");
	o.state_dir = "/proc/1/nonexistent";
	(void)look();
	assert_said(" state: /proc/1/nonexistent: No such file");
	o.state_dir = geteuid() == 0 ? spool : "/";
	if (geteuid() == 0)
		assert_int_equal(chown(spool, uid, gid), 0);
	assert_problem("belongs to uid ");
	assert_int_equal(chown(spool, geteuid(), getegid()), 0);
	/* Root may write there, but no state fits. */
	o.state_dir = geteuid() == 0 ? "/proc" : "/nonexistent";
	(void)look();
	assert_said("state: ");
}

/* A file of the state directory, as nothing of ours makes it. */
static void make_odd(const char *name)
{
	make_file(state_dir, name, "odd", 3);
}

static void idle_journals_are_counted(void **state)
{
	struct journal j;

	(void)state;
	assert_fine();
	assert_said("ok      state: 0 mailboxes, 0 of them in a session\n");
	make_mailbox("", 0);
	j = make_journal(mailbox, false);
	assert_fine();
	assert_said("ok      state: 1 mailboxes, 1 of them in a session\n");
	journal_close(&j);
	assert_fine();
	assert_said("ok      state: 1 mailboxes, 0 of them in a session\n");
	assert_not_said("gone");
}

static void a_mailbox_that_is_gone_is_left_to_recover(void **state)
{
	char neighbour[PATH_MAX + 8];

	(void)state;
	(void)unlink(mailbox);
	leave_journal(mailbox, false);
	assert_fine();
	assert_not_said("gone");
	(void)snprintf(neighbour, sizeof(neighbour), "%s.other", mailbox);
	assert_int_equal(close(creat(neighbour, 0600)), 0);
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      state: of 1 mailboxes that are gone; "
	            "onepopctl recover removes it\n");
}

static void an_interrupted_update_is_a_problem(void **state)
{
	(void)state;
	make_mailbox("", 0);
	leave_journal(mailbox, true);
	assert_problem(".journal: an update of its mailbox was interrupted; "
	               "fix: onepopctl recover");
	assert_int_equal(unlink(mailbox), 0);
	assert_problem("interrupted, and the mailbox is gone; fix: put");
}

static void the_largest_state_is_said(void **state)
{
	char path[256];

	(void)state;
	assert_fine();
	assert_not_said("largest");
	make_mailbox(FROM, strlen(FROM));
	leave_journal(mailbox, false);
	(void)snprintf(path, sizeof(path), "%s.other", mailbox);
	leave_journal(path, false);
	assert_fine();
	assert_said("KiB in all; the largest is of ");
	(void)snprintf(path, sizeof(path),
	               "head -c 300000 /dev/zero >%s/$(basename %s/*%s.journal "
	               ".journal).index",
	               state_dir, state_dir, user);
	assert_int_equal(system(path), 0);
	assert_fine();
	(void)snprintf(path, sizeof(path), "the largest is of %s: ", mailbox);
	assert_said(path);
	assert_said(" KiB, for a mailbox of 0 KiB\n");
}

static void the_fix_names_the_file(void **state)
{
	char fix[256];

	(void)state;
	make_odd("elsewhere-al\\x2dice.journal");
	assert_fine();
	(void)snprintf(fix, sizeof(fix),
	               "; fix: set --mailbox, or rm "
	               "'%s/elsewhere-al\\x2dice.journal'\n",
	               state_dir);
	assert_said(fix);
	assert_int_equal(set_up(state), 0);
	make_odd("elsewhere-'$(x)'.journal");
	assert_fine();
	assert_said("; fix: set --mailbox, or rm the file\n");
}

static void an_update_that_goes_on_is_not_interrupted(void **state)
{
	struct journal j;

	(void)state;
	make_mailbox("", 0);
	j = make_journal(mailbox, true);
	assert_fine();
	assert_said("1 mailboxes, 1 of them in a session");
	journal_close(&j);
}

/* Recovery judges it; it is none that is idle. */
static void a_journal_that_is_damaged_is_a_problem(void **state)
{
	struct journal j;

	(void)state;
	make_mailbox("", 0);
	j = make_journal(mailbox, false);
	assert_int_equal(pwrite(j.fd, "damage", 6, 0), 6);
	assert_int_equal(pwrite(j.fd, "damage", 6, JOURNAL_SLOT), 6);
	journal_close(&j);
	assert_problem("was interrupted; fix: onepopctl recover");
}

static void leave_set_aside(const char *path)
{
	struct journal j = make_journal(path, true);

	journal_set_aside(&j);
	journal_close(&j);
}

static void a_journal_set_aside_is_a_problem(void **state)
{
	(void)state;
	make_mailbox("", 0);
	leave_set_aside(mailbox);
	assert_problem(".journal: it was set aside: ");
	assert_said("the user can delete nothing; fix: compare the mailbox "
	            "with a backup, then rm '/tmp/");
}

static void other_files_are_not_looked_at(void **state)
{
	static const char *const names[] = {
		".journal",     ".journal.1",    "a.journal.",
		"a.journal.1x", "a.journal.old", "a.index",
		"journal.1",    "a.1",           "journal"};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		make_odd(names[i]);
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("state: 0 mailboxes");
}

static void a_name_that_fits_no_mailbox_is_a_warning(void **state)
{
	static const char *const names[] = {"elsewhere-alice.journal",
	                                    "tmp.journal", "a\\xzz.journal"};
	char said_of[128];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		make_odd(names[i]);
	assert_fine();
	assert_int_equal(counted.warnings, LENGTH(names));
	for (i = 0; i < LENGTH(names); i++) {
		(void)snprintf(said_of, sizeof(said_of),
		               "state: %s: no mailbox has state of this name",
		               names[i]);
		assert_said(said_of);
	}
}

static void a_journal_no_session_can_use_is_a_problem(void **state)
{
	char path[512], other[512];
	struct mailpath p;

	(void)state;
	assert_null(mailpath_fill(&p, mailbox, "", ""));
	(void)snprintf(path, sizeof(path), "%s/%s.journal", state_dir, p.state);
	(void)snprintf(other, sizeof(other), "%s/other", state_dir);
	make_odd("other");
	assert_int_equal(link(other, path), 0);
	assert_problem("journal: it is no journal that can be used; fix:");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("other", path), 0);
	assert_problem("it is no journal that can be used");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_problem("it is no journal that can be used");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_problem("it is no journal that can be used");
}

static void of_many_files_the_first_are_named(void **state)
{
	char path[128];
	int i;

	(void)state;
	for (i = 1; i <= 25; i++) {
		(void)snprintf(path, sizeof(path), "%s/a%d", spool, i);
		leave_set_aside(path);
	}
	(void)look();
	assert_int_equal(counted.problems, 11);
	assert_said("problem state: and 15 more files: it was set aside");
}

/* Names, sizes and times, of all there is. */
static void list_state(char *ret, size_t size)
{
	char command[256];
	size_t n;
	FILE *f;

	(void)snprintf(command, sizeof(command),
	               "cd %s && ls -lnA --time-style=+%%s.%%N && cksum *",
	               state_dir);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(ret, 1, size - 1, f);
	ret[n] = '\0';
	assert_int_equal(pclose(f), 0);
}

static void nothing_is_changed(void **state)
{
	char before[4096], after[4096];
	struct journal j;

	(void)state;
	make_mailbox("", 0);
	j = make_journal(mailbox, true);
	journal_set_aside(&j);
	journal_close(&j);
	leave_journal("/tmp/nobody", true);
	leave_set_aside("/tmp/aside");
	make_odd("new.journal");
	list_state(before, sizeof(before));
	(void)look();
	list_state(after, sizeof(after));
	assert_string_equal(before, after);
}

static void a_session_can_begin_afterwards(void **state)
{
	struct journal j;

	(void)state;
	make_mailbox("", 0);
	leave_journal(mailbox, true);
	(void)look();
	j = make_journal(mailbox, false);
	assert_false(record_idle(&j));
	journal_close(&j);
}

static void a_directory_systemd_makes_may_be_missing(void **state)
{
	(void)state;
	made_later = true;
	o.state_dir = "/tmp/onepop-nonexistent";
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	made_later = false;
	assert_problem("state: /tmp/onepop-nonexistent: No such file");
}

/* The file of ids adopted for the mailbox of that name; returns its name. */
static const char *adopt_for(const char *name, const char *damage)
{
	static const char pairs[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa\tx\n"
				    "aaaaaaaaaaaaaaaaaaaaaaaaab\ty\n";
	static char file[PATH_MAX], text[512];
	char path[PATH_MAX];
	struct mailpath p;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", spool, name);
	assert_null(mailpath_fill(&p, path, "", ""));
	(void)snprintf(file, sizeof(file), "%s%s", p.state, STATENAME_UIDL);
	n = adopted_header(text, "popa3d", 2, pairs, sizeof(pairs) - 1);
	(void)snprintf(text + n, sizeof(text) - n, "%s%s", pairs, damage);
	make_file(state_dir, file, text, strlen(text));
	return file;
}

static void adopted_ids_are_counted(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_fine();
	assert_not_said("old server");
	(void)adopt_for(user, "");
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      state: 1 mailboxes with ids of an old server, 2 "
	            "in all\n");
	/* What a kill of adopt left is no state of a mailbox. */
	(void)snprintf(path, sizeof(path), "%s", adopt_for(user, ""));
	(void)snprintf(path + strlen(path), sizeof(path) - strlen(path),
	               ".new");
	make_file(state_dir, path, "x", 1);
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

static void damaged_adopted_ids_are_a_problem(void **state)
{
	(void)state;
	(void)adopt_for(user, "x\n");
	assert_problem(".uidl: the ids adopted for its user cannot be read");
	assert_said("; fix: restore it from a backup, or onepopctl adopt "
	            "--drop USER\n");
	assert_not_said("old server");
}

static void adopted_ids_of_no_account_are_a_warning(void **state)
{
	(void)state;
	(void)adopt_for("no-such-user", "");
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said(".uidl: the account is gone for which these ids were "
	            "adopted; fix: restore the account, or rm '");
	o.mail_user = user; /* nobody knows the virtual users */
	assert_fine();
	assert_int_equal(counted.warnings, 0);
}

/* The file of copies of the mailbox, with this text behind its first line. */
static void keep_for(const char *name, off_t end, const char *more)
{
	char file[PATH_MAX], path[2 * PATH_MAX];
	struct mailpath p;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", spool, name);
	assert_null(mailpath_fill(&p, path, "", ""));
	(void)snprintf(file, sizeof(file), "%s%s", p.state, STATENAME_DELETED);
	make_file(state_dir, file, "", 0);
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(keptfile_set_end(fd, end), 0);
	assert_int_equal(pwrite(fd, more, strlen(more), KEPTFILE_FIRST),
	                 strlen(more));
	assert_int_equal(close(fd), 0);
}

static void copies_of_deleted_mail_are_counted(void **state)
{
	(void)state;
	o.keep_deleted = 7;
	keep_for(user, KEPTFILE_FIRST, "torn");
	assert_fine();
	assert_int_equal(counted.warnings, 0);
	assert_said("ok      state: 1 mailboxes with copies of deleted "
	            "messages: 0, 0 KiB\n");
	o.keep_deleted = 0;
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said("and keep-deleted is off; fix: onepopctl prune "
	            "--keep-deleted 1, or rm them\n");
}

static void damaged_copies_are_a_warning(void **state)
{
	(void)state;
	o.keep_deleted = 7;
	keep_for(user, KEPTFILE_FIRST + 7, "damaged");
	assert_fine();
	assert_int_equal(counted.warnings, 1);
	assert_said(".deleted: the copies of deleted messages in it cannot be "
	            "read, or not all of them; fix: ");
	o.keep_deleted = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(wrong_state_directories_are_problems,
	                               set_up),
		cmocka_unit_test_setup(idle_journals_are_counted, set_up),
		cmocka_unit_test_setup(
			a_mailbox_that_is_gone_is_left_to_recover, set_up),
		cmocka_unit_test_setup(an_interrupted_update_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(the_largest_state_is_said, set_up),
		cmocka_unit_test_setup(the_fix_names_the_file, set_up),
		cmocka_unit_test_setup(
			an_update_that_goes_on_is_not_interrupted, set_up),
		cmocka_unit_test_setup(a_journal_that_is_damaged_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(a_journal_set_aside_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(other_files_are_not_looked_at, set_up),
		cmocka_unit_test_setup(a_name_that_fits_no_mailbox_is_a_warning,
	                               set_up),
		cmocka_unit_test_setup(
			a_journal_no_session_can_use_is_a_problem, set_up),
		cmocka_unit_test_setup(of_many_files_the_first_are_named,
	                               set_up),
		cmocka_unit_test_setup(adopted_ids_are_counted, set_up),
		cmocka_unit_test_setup(damaged_adopted_ids_are_a_problem,
	                               set_up),
		cmocka_unit_test_setup(adopted_ids_of_no_account_are_a_warning,
	                               set_up),
		cmocka_unit_test_setup(copies_of_deleted_mail_are_counted,
	                               set_up),
		cmocka_unit_test_setup(damaged_copies_are_a_warning, set_up),
		cmocka_unit_test_setup(nothing_is_changed, set_up),
		cmocka_unit_test_setup(a_session_can_begin_afterwards, set_up),
		cmocka_unit_test_setup(a_directory_systemd_makes_may_be_missing,
	                               set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
