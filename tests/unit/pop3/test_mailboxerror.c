/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <sys/socket.h>
#include <sysexits.h>

#include "pop3/mailboxerror.h"
#include "pop3/session.h"

static struct session s;

/* Returns the reply. */
static const char *reply_to(enum mailboxerror occasion,
                            enum maildrop_status status)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_init(&s.stream, ends[0], ends[0], 600);
	s.exit_status = EX_OK;
	mailboxerror_reply(&s, occasion, status, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	s.stream.out[s.stream.out_len] = '\0';
	return s.stream.out;
}

/* RFC 2449, section 8.1.2.  Clients look for the word "lock". */
static void what_is_locked_is_in_use_at_login_only(void **state)
{
	(void)state;
	assert_non_null(strstr(reply_to(MAILBOXERROR_LOGIN, MAILDROP_SESSION),
	                       "-ERR [IN-USE] mailbox is locked"));
	assert_non_null(strstr(reply_to(MAILBOXERROR_LOGIN, MAILDROP_BUSY),
	                       "-ERR [IN-USE] mailbox is locked"));
	assert_non_null(strstr(reply_to(MAILBOXERROR_MESSAGE, MAILDROP_BUSY),
	                       "-ERR [SYS/TEMP] mailbox is locked"));
	assert_non_null(strstr(reply_to(MAILBOXERROR_UPDATE, MAILDROP_BUSY),
	                       "-ERR [SYS/TEMP] mailbox is locked"));
}

static void there_are_words_for_each_status(void **state)
{
	int occasion, status;

	(void)state;
	for (occasion = MAILBOXERROR_LOGIN; occasion <= MAILBOXERROR_UPDATE;
	     occasion++)
		for (status = MAILDROP_SESSION; status <= MAILDROP_ERROR;
		     status++)
			assert_memory_equal(
				reply_to((enum mailboxerror)occasion,
			                 (enum maildrop_status)status),
				"-ERR [", 6);
}

/* A fault of the mailbox, its user or another program is not. */
static void a_fault_of_ours_is_in_the_exit_status(void **state)
{
	static const struct {
		enum maildrop_status status;
		int want;
	} cases[] = {
		{MAILDROP_SESSION, EX_OK},   {MAILDROP_BUSY, EX_OK},
		{MAILDROP_CHANGED, EX_OK},   {MAILDROP_REFUSED, EX_OK},
		{MAILDROP_STATE, EX_CONFIG}, {MAILDROP_STATE_FAILED, EX_OK},
		{MAILDROP_ASIDE, EX_OK},     {MAILDROP_ERROR, EX_OK},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		(void)reply_to(MAILBOXERROR_LOGIN, cases[i].status);
		assert_int_equal(s.exit_status, cases[i].want);
	}
	(void)reply_to(MAILBOXERROR_LOGIN, MAILDROP_STATE);
	mailboxerror_log(&s, MAILDROP_BUSY, 1);
	assert_int_equal(s.exit_status, EX_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_locked_is_in_use_at_login_only),
		cmocka_unit_test(there_are_words_for_each_status),
		cmocka_unit_test(a_fault_of_ours_is_in_the_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
