/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/checkmta.h"

/* Lets checkmta_read change a copy of the text. */
static int read_copy(const char *program, const char *text,
                     struct checkmta ret[static CHECKMTA_PARTS])
{
	static char copy[4096];

	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	return checkmta_read(program, copy, ret);
}

#define OVERRIDING                                                             \
	"/usr/sbin/postconf: warning: /etc/postfix/main.cf, line 9: "          \
	"overriding earlier entry: mailbox_delivery_lock=fcntl\n"
#define DELIVERY "mailbox_delivery_lock = "
#define VIRTUAL  "virtual_mailbox_lock = "
#define HOME     "home_mailbox = "

static void postfix_says_how_it_locks(void **state)
{
	static const struct {
		const char *text, *local, *virtual;
		bool local_fcntl, virtual_fcntl, maildir;
	} cases[] = {
		{DELIVERY "fcntl, dotlock\n" VIRTUAL "fcntl, dotlock\n" HOME
	                  "\n",
	         "fcntl, dotlock", "fcntl, dotlock", true, true, false},
		{DELIVERY "flock, dotlock\n" VIRTUAL "fcntl\n" HOME
	                  "Maildir/\n",
	         "flock, dotlock", "fcntl", false, true, true},
		{DELIVERY "dotlock\n" VIRTUAL "\n" HOME "mbox\n", "dotlock", "",
	         false, false, false},
		{DELIVERY "fcntl dotlock\n" VIRTUAL "fcntl", "fcntl, dotlock",
	         "fcntl", true, true, false},
		{OVERRIDING DELIVERY "dotlock\n" OVERRIDING VIRTUAL
	                             "fcntl\n" OVERRIDING HOME "mail/\n",
	         "dotlock", "fcntl", false, true, true},
		{"", "", "", false, false, false},
		{"postconf: fatal: open /etc/postfix/main.cf", "", "", false,
	         false, false},
	};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_copy("postconf", cases[i].text, found),
		                 2);
		assert_string_equal(found[0].program, "postfix local");
		assert_string_equal(found[0].locks, cases[i].local);
		assert_int_equal(found[0].fcntl, cases[i].local_fcntl);
		assert_int_equal(found[0].maildir, cases[i].maildir);
		assert_string_equal(found[1].program, "postfix virtual");
		assert_string_equal(found[1].locks, cases[i].virtual);
		assert_int_equal(found[1].fcntl, cases[i].virtual_fcntl);
	}
}

#define MAIL_SPOOL                                                             \
	"\nmail_spool transport:\nno_body_only\ndriver = appendfile\n"         \
	"file = /var/mail/$local_part\nno_maildir_format\n"                    \
	"no_mailstore_format\n"

static void exim_says_how_it_locks(void **state)
{
	static const struct {
		const char *text, *locks;
		int n;
		bool fcntl;
	} cases[] = {
		{MAIL_SPOOL "use_fcntl_lock\nno_use_flock_lock\nuse_lockfile\n",
	         "fcntl, dotlock", 1, true},
		{MAIL_SPOOL "no_use_fcntl_lock\nuse_flock_lock\nuse_lockfile",
	         "flock, dotlock", 1, false},
		/* The worst of several counts. */
		{MAIL_SPOOL "use_fcntl_lock\nuse_lockfile\n" MAIL_SPOOL
	                    "no_use_fcntl_lock\nuse_lockfile\n" MAIL_SPOOL
	                    "use_fcntl_lock\n",
	         "dotlock", 1, false},
		/* A Maildir has no locks, and other drivers no files. */
		{"\nhome transport:\ndriver = appendfile\nmaildir_format\n"
	         "no_use_fcntl_lock\n\nsmtp transport:\ndriver = smtp\n",
	         NULL, 0, false},
		{"", NULL, 0, false},
	};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_copy("exim", cases[i].text, found),
		                 cases[i].n);
		if (cases[i].n == 0)
			continue;
		assert_string_equal(found[0].program, "exim");
		assert_string_equal(found[0].locks, cases[i].locks);
		assert_int_equal(found[0].fcntl, cases[i].fcntl);
	}
}

static void opensmtpd_loses_mail_where_an_action_is_mbox(void **state)
{
	static const struct {
		const char *text;
		int n;
		bool loses;
	} cases[] = {
		{"table aliases file:/etc/aliases\n\nlisten on localhost\n"
	         "action \"local\" mbox alias <aliases>\n"
	         "match for local action \"local\"\n",
	         1, true},
		{"action local mbox\n", 1, true},
		{"action local mbox", 1, true},
		{"action \"local\"\\\n\tmbox#as ever\n", 1, true},
		/* The grammar before 6.4 */
		{"accept for local alias <aliases> deliver to mbox\n", 1, true},
		{"action \"local\" mda \"procmail -d mbox\"\n", 0, false},
		{"action \"mbox\" maildir\naction mbox maildir\n"
	         "match for local action mbox\n",
	         0, false},
		{"# action local mbox\naction local lmtp /run/lmtp # mbox\n", 0,
	         false},
		{"action local mda mboxer\n", 0, false},
		/* What it is cannot be told. */
		{"include \"/etc/smtpd.local\"\n", 1, false},
		{"", 1, false},
		/* A fault of the file */
		{"action \"local", 0, false},
	};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_copy("smtpd", cases[i].text, found),
		                 cases[i].n);
		assert_string_equal(found[0].program, "opensmtpd");
		assert_int_equal(found[0].loses_mail, cases[i].loses);
		assert_int_equal(found[0].forgeable, cases[i].loses);
		assert_string_equal(found[0].locks,
		                    cases[i].loses ? "dotlock" : "");
		assert_false(found[0].fcntl);
		assert_non_null(strstr(found[0].fix, "procmail"));
	}
}

static void dma_loses_mail_unless_it_delivers_none(void **state)
{
	struct checkmta found[CHECKMTA_PARTS];

	(void)state;
	assert_int_equal(read_copy("dma", "NULLCLIENT\n", found), 0);
	/* It need not be one that all may read. */
	assert_int_equal(read_copy("dma", "", found), 1);
	assert_int_equal(read_copy("dma", "PORT 25\n#NULLCLIENT\n", found), 1);
	assert_string_equal(found[0].program, "dma");
	assert_false(found[0].forgeable);
	assert_string_equal(found[0].locks, "flock");
	assert_true(found[0].loses_mail);
	assert_false(found[0].fcntl);
	assert_non_null(strstr(found[0].fix, "procmail"));
}

static void mail_local_quotes_too_little(void **state)
{
	struct checkmta found[CHECKMTA_PARTS];

	(void)state;
	assert_int_equal(read_copy("mail.local", "", found), 1);
	assert_string_equal(found[0].program, "mail.local");
	assert_true(found[0].forgeable);
	assert_false(found[0].fcntl);
	assert_non_null(strstr(found[0].fix, "procmail"));
}

static void an_mta_that_is_not_known_is_named(void **state)
{
	struct checkmta found[CHECKMTA_PARTS];

	(void)state;
	assert_int_equal(checkmta_unknown("/nonexistent", found), 0);
	assert_int_equal(checkmta_unknown("/proc/self/root/dev/null", found),
	                 1);
	assert_string_equal(found[0].program, "the unknown MTA /dev/null");
	assert_false(found[0].loses_mail);
	assert_false(found[0].fcntl);
}

static void procmail_says_how_it_locks(void **state)
{
	static const struct {
		const char *text, *locks;
		bool fcntl;
	} cases[] = {
		{"procmail v3.23pre 2001/09/13\n    Copyright (c)\n\n"
	         "Locking strategies:\tdotlocking, fcntl()\n"
	         "Default rcfile:\t\t$HOME/.procmailrc\n",
	         "dotlock, fcntl", true},
		{"Locking strategies:\tdotlocking, lockf(), flock()\n",
	         "dotlock, lockf, flock", false},
		{"Locking strategies:\tdotlocking\n", "dotlock", false},
		{"", "", false},
	};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_copy("procmail", cases[i].text, found),
		                 1);
		assert_non_null(strstr(found[0].quoting, "-Y"));
		assert_false(found[0].forgeable);
		assert_string_equal(found[0].locks, cases[i].locks);
		assert_int_equal(found[0].fcntl, cases[i].fcntl);
	}
}

/* Debian's takes locks that are known. */
static void maildrop_says_only_its_version(void **state)
{
	struct checkmta found[CHECKMTA_PARTS];
	bool debian;

	(void)state;
	assert_int_equal(read_copy("maildrop",
	                           "maildrop 2.9.3 Copyright 1998-2017\nGDBM\n",
	                           found),
	                 1);
	assert_string_equal(found[0].program, "maildrop 2.9.3");
	debian = access(CHECKMTA_DEBIAN_MAILDROP, F_OK) == 0;
	assert_string_equal(found[0].locks, debian ? "fcntl, dotlock" : "");
	assert_int_equal(found[0].fcntl, debian);
	assert_int_equal(read_copy("maildrop", "what?", found), 1);
	assert_string_equal(found[0].program, "maildrop");
}

static void dovecot_says_how_it_locks(void **state)
{
	/* What doveconf of 2.3 prints, and of 2.4. */
	static const char *const answers[] = {
		"mbox_write_locks = dotlock\nmbox_read_locks = fcntl\n",
		"mbox_write_locks = \nmbox_read_locks = \n"
		"mbox {\n  write_locks = dotlock\n}\n"
		"mbox {\n  read_locks = fcntl\n}\n",
	};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(read_copy("doveconf", answers[i], found), 2);
		assert_string_equal(found[0].program, "dovecot writing");
		assert_string_equal(found[0].locks, "dotlock");
		assert_false(found[0].fcntl);
		assert_string_equal(found[1].program, "dovecot reading");
		assert_string_equal(found[1].locks, "fcntl");
		assert_true(found[1].fcntl);
	}
}

static void every_answer_says_how_to_fix_it(void **state)
{
	static const char *const all[] = {"postconf", "procmail", "maildrop",
	                                  "doveconf"};
	struct checkmta found[CHECKMTA_PARTS];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (n = read_copy(all[i], "", found); n > 0; n--)
			assert_non_null(found[n - 1].fix);
}

static void a_long_list_of_locks_is_cut(void **state)
{
	struct checkmta found[CHECKMTA_PARTS];
	char text[1024] = DELIVERY;
	const size_t n = strlen(text);
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		memcpy(text + n + 6 * i, "fcntl ", 7);
	assert_int_equal(read_copy("postconf", text, found), 2);
	assert_int_equal(strlen(found[0].locks), sizeof(found[0].locks) - 1);
}

static void the_programs_installed_here_are_asked(void **state)
{
	struct checkmta found[CHECKMTA_MAX];
	int i, n;

	(void)state;
	n = checkmta_find(found);
	assert_in_range(n, 0, CHECKMTA_MAX);
	for (i = 0; i < n; i++) {
		assert_true(found[i].program[0] != '\0');
		assert_non_null(found[i].fix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(postfix_says_how_it_locks),
		cmocka_unit_test(exim_says_how_it_locks),
		cmocka_unit_test(mail_local_quotes_too_little),
		cmocka_unit_test(opensmtpd_loses_mail_where_an_action_is_mbox),
		cmocka_unit_test(dma_loses_mail_unless_it_delivers_none),
		cmocka_unit_test(an_mta_that_is_not_known_is_named),
		cmocka_unit_test(procmail_says_how_it_locks),
		cmocka_unit_test(maildrop_says_only_its_version),
		cmocka_unit_test(dovecot_says_how_it_locks),
		cmocka_unit_test(every_answer_says_how_to_fix_it),
		cmocka_unit_test(a_long_list_of_locks_is_cut),
		cmocka_unit_test(the_programs_installed_here_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
