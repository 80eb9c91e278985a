/* SPDX-License-Identifier: ISC */
#include "pamdir.h"

#include <fcntl.h>
#include <security/pam_appl.h>
#include <shadow.h>
#include <time.h>

#include "auth/pam.h"
#include "base/module.h"

static struct auth_setup setup = {
	.service = "test", .rhost = "192.0.2.7", .rhost_kind = ENDPOINT_INET};
static char name[USERNAME_OCTETS + 1];
static struct auth_failure failure;

/* Logs in with the password "secret", through the module. */
static enum auth_result login(const char *user)
{
	const char *why = NULL;
	pam_login_fn *ask;

	*(void **)&ask =
		module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &why);
	if (ask == NULL) {
		fail_msg("%s", why);
		return AUTH_UNAVAILABLE;
	}
	failure = (struct auth_failure){.reason = NULL};
	name[0] = '\0';
	setup.confdir = pamdir;
	return ask(&setup, user, "secret", name, &failure);
}

/* As login, with arguments for the probe, which writes a log. */
static enum auth_result probe(const char *arguments)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s log=%s/log", arguments, pamdir);
	pamdir_probe(text);
	return login("alice");
}

/* Reads the probe's log, and removes it. */
static const char *take_log(void)
{
	static char text[4096];
	char path[128];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/log", pamdir);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(path), 0);
	return text;
}

static void the_right_password_is_taken(void **state)
{
	(void)state;
	assert_int_equal(probe("password=secret"), AUTH_OK);
	assert_string_equal(name, "alice");
	assert_null(failure.reason);
}

static void the_wrong_password_is_denied(void **state)
{
	(void)state;
	assert_int_equal(probe("password=other"), AUTH_DENIED);
	assert_string_equal(failure.reason, "auth");
	assert_null(failure.detail);
}

#define ITEMS "user=alice rhost=192.0.2.7 tty=pop3 ruser=-\n"

static void modules_are_asked_in_order_and_know_the_client(void **state)
{
	(void)state;
	assert_int_equal(probe("password=secret"), AUTH_OK);
	(void)take_log();
	assert_int_equal(probe("password=secret"), AUTH_OK);
	assert_string_equal(take_log(),
	                    "auth flags=8001 " ITEMS "acct flags=8001 " ITEMS
	                    "setcred flags=8002 " ITEMS "open flags=8000 " ITEMS
	                    "close flags=8000 " ITEMS
	                    "setcred flags=8004 " ITEMS);
}

/* Modules would look it up as a name. */
static void an_address_that_is_no_number_is_not_told(void **state)
{
	static const struct {
		enum endpoint_kind kind;
		const char *rhost, *told;
	} cases[] = {
		{ENDPOINT_INET, "192.0.2.7", "rhost=192.0.2.7 "},
		{ENDPOINT_INET, "2001:db8::1", "rhost=2001:db8::1 "},
		{ENDPOINT_UNIX, "local", "rhost=- "},
		{ENDPOINT_UNKNOWN, "unknown", "rhost=- "},
		{ENDPOINT_NONE, "local", "rhost=- "},
		{ENDPOINT_NONE, "", "rhost=- "},
		{ENDPOINT_NONE, NULL, "rhost=- "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		setup.rhost = cases[i].rhost;
		setup.rhost_kind = cases[i].kind;
		assert_int_equal(probe("prompts=1"), AUTH_OK);
		assert_non_null(strstr(take_log(), cases[i].told));
	}
	setup.rhost = "192.0.2.7";
	setup.rhost_kind = ENDPOINT_INET;
}

static void one_hidden_prompt_is_answered_and_no_other(void **state)
{
	static const struct {
		const char *arguments;
		enum auth_result want;
	} cases[] = {
		{"prompts=0", AUTH_OK},
		{"prompts=1", AUTH_OK},
		{"prompts=2", AUTH_UNAVAILABLE},
		{"prompts=33", AUTH_UNAVAILABLE},
		{"again", AUTH_UNAVAILABLE},
		{"add=info", AUTH_OK},
		{"add=error", AUTH_OK},
		{"add=info prompts=0", AUTH_OK},
		{"add=echo", AUTH_UNAVAILABLE},
		{"add=echo prompts=0", AUTH_UNAVAILABLE},
		{"add=binary", AUTH_UNAVAILABLE},
		{"add=info prompts=2", AUTH_UNAVAILABLE},
		{"at=acct", AUTH_UNAVAILABLE},
		{"at=acct prompts=0 add=info", AUTH_OK},
		{"at=acct prompts=0 add=echo", AUTH_UNAVAILABLE},
		{"at=setcred", AUTH_UNAVAILABLE},
		{"at=open", AUTH_UNAVAILABLE},
		{"at=close", AUTH_UNAVAILABLE},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(probe(cases[i].arguments), cases[i].want);
		if (cases[i].want == AUTH_OK)
			continue;
		assert_string_equal(failure.reason, "pam");
		assert_non_null(failure.detail);
		assert_null(strstr(failure.detail, "secret"));
	}
}

/* The first module gets the password, the second asks for another. */
static void a_second_prompt_is_said_to_be_the_set_ups_fault(void **state)
{
	(void)state;
	assert_int_equal(probe("again"), AUTH_UNAVAILABLE);
	assert_string_equal(failure.detail,
	                    "a module asked for more than a password: "
	                    "Conversation error");
}

static void each_code_is_the_users_fault_or_ours(void **state)
{
	static const struct {
		int code;
		enum auth_result want;
		const char *why;
	} cases[] = {
		{PAM_AUTH_ERR, AUTH_DENIED, "auth"},
		{PAM_USER_UNKNOWN, AUTH_DENIED, "auth"},
		{PAM_MAXTRIES, AUTH_DENIED, "maxtries"},
		{PAM_PERM_DENIED, AUTH_DENIED, "denied"},
		{PAM_ACCT_EXPIRED, AUTH_DENIED, "expired"},
		{PAM_CRED_EXPIRED, AUTH_DENIED, "expired"},
		{PAM_AUTHTOK_EXPIRED, AUTH_DENIED, "expired"},
		{PAM_NEW_AUTHTOK_REQD, AUTH_DENIED, "expired"},
		{PAM_AUTHINFO_UNAVAIL, AUTH_UNAVAILABLE, "pam"},
		{PAM_SYSTEM_ERR, AUTH_UNAVAILABLE, "pam"},
		{PAM_SERVICE_ERR, AUTH_UNAVAILABLE, "pam"},
		{PAM_BUF_ERR, AUTH_UNAVAILABLE, "pam"},
		{PAM_CRED_INSUFFICIENT, AUTH_UNAVAILABLE, "pam"},
		{PAM_CONV_ERR, AUTH_UNAVAILABLE, "pam"},
		{PAM_ABORT, AUTH_UNAVAILABLE, "pam"},
		{PAM_AUTHTOK_LOCK_BUSY, AUTH_UNAVAILABLE, "pam"},
		{PAM_TRY_AGAIN, AUTH_UNAVAILABLE, "pam"},
	};
	static const char *const questions[] = {"auth", "acct"};
	char text[64];
	size_t i, q;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		for (q = 0; q < LENGTH(questions); q++) {
			(void)snprintf(text, sizeof(text), "%s=%d",
			               questions[q], cases[i].code);
			assert_int_equal(probe(text), cases[i].want);
			/* A right password is not called wrong. */
			assert_string_equal(
				failure.reason,
				q == 1 && strcmp(cases[i].why, "auth") == 0
					? "denied"
					: cases[i].why);
			assert_int_equal(failure.detail != NULL,
			                 cases[i].want == AUTH_UNAVAILABLE);
		}
	}
}

/* If it is false, the same password may be accepted next time. */
static void only_a_password_that_was_taken_and_denied_is_wrong(void **state)
{
	static const struct {
		const char *arguments;
		bool wrong;
	} cases[] = {
		{"password=other", true},
		{"auth=7", true},
		{"auth=10", true},
		{"prompts=0 auth=7", false}, /* denied without a question */
		{"prompts=0 auth=10", false},
		{"auth=11", false}, /* MAXTRIES */
		{"auth=9", false},  /* AUTHINFO_UNAVAIL */
		{"auth=4", false},
		{"prompts=2", false},
		{"acct=7", false},
		{"acct=13", false},
		{"open=14", false},
		{"prompts=1", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		(void)probe(cases[i].arguments);
		assert_int_equal(failure.wrong, cases[i].wrong);
	}
}

static void a_helper_that_a_module_runs_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(probe("helper=/bin/true"), AUTH_OK);
	assert_int_equal(probe("helper=/bin/false"), AUTH_DENIED);
	assert_string_equal(failure.reason, "auth");
	assert_int_equal(probe("helper=/nonexistent"), AUTH_DENIED);
}

/* pam_unix then says the same as of a wrong password. */
static void a_helper_that_may_not_run_is_our_fault(void **state)
{
	const bool seen =
		getspnam("root") != NULL; /* can we read the shadow database? */

	(void)state;
	setup.no_helper = true;
	pamdir_probe("helper=/bin/false");
	assert_int_equal(login("root"), seen ? AUTH_UNAVAILABLE : AUTH_DENIED);
	assert_false(seen && failure.wrong);
	assert_true(!seen || strstr(failure.detail, "--pam-helper yes"));
	/* The helper would have denied it, too. */
	assert_int_equal(login("nobody-there"), AUTH_DENIED);
	assert_string_equal(failure.reason, "auth");
	pamdir_probe("helper=/bin/true");
	assert_int_equal(login("root"), AUTH_OK);
	setup.no_helper = false;
}

static void a_session_that_cannot_be_opened_is_our_fault(void **state)
{
	static const char *const cases[] = {
		"setcred=6",  "open=6", "close=6",
		"setcred=17", "open=7", "open=14",
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(probe(cases[i]), AUTH_UNAVAILABLE);
		assert_string_equal(failure.reason, "pam");
		assert_non_null(strstr(failure.detail, "session: "));
	}
}

static void credentials_are_given_back_when_the_session_fails(void **state)
{
	const char *last;

	(void)state;
	(void)take_log();
	assert_int_equal(probe("open=14"), AUTH_UNAVAILABLE);
	last = strstr(take_log(), "open");
	assert_non_null(last);
	assert_non_null(strstr(last, "setcred flags=8004"));
}

static void the_name_is_the_one_pam_gives_back(void **state)
{
	(void)state;
	assert_int_equal(probe("user=bob"), AUTH_OK);
	assert_string_equal(name, "bob");
}

static void a_name_given_back_may_be_64_octets_long(void **state)
{
	char text[128] = "user=";

	(void)state;
	memset(text + 5, 'a', USERNAME_OCTETS);
	assert_int_equal(probe(text), AUTH_OK);
	assert_string_equal(name, text + 5);
	text[5 + USERNAME_OCTETS] = 'a';
	assert_int_equal(probe(text), AUTH_UNAVAILABLE);
}

static void a_module_cannot_delay_the_answer(void **state)
{
	struct timespec from, to;

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &from), 0);
	assert_int_equal(probe("delay auth=7"), AUTH_DENIED);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &to), 0);
	assert_true(to.tv_sec - from.tv_sec < 5);
}

/* In another process, because libpam leaks memory if it cannot start. */
static void login_gives(enum auth_result want)
{
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (login("alice") != want || failure.reason == NULL)
			_exit(1);
		_exit(want == AUTH_UNAVAILABLE && failure.detail == NULL);
	}
	support_reap(child, 0);
}

/* libpam itself returns PAM_PERM_DENIED if no module is named. */
static void a_service_that_cannot_be_used_lets_nobody_in(void **state)
{
	static const struct {
		const char *lines;
		enum auth_result want;
	} cases[] = {
		{"", AUTH_DENIED},
		{"nonsense\n", AUTH_DENIED},
		{"auth required pam_permit.so\n", AUTH_DENIED},
		{"auth required /nonexistent.so\n", AUTH_UNAVAILABLE},
		{"@include /nonexistent\n", AUTH_UNAVAILABLE},
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		pamdir_service("test", cases[i].lines);
		login_gives(cases[i].want);
	}
}

static void a_service_that_is_not_there_is_our_fault(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/test", pamdir);
	assert_int_equal(unlink(path), 0);
	login_gives(AUTH_UNAVAILABLE);
}

/* As in the demo: users and passwords in a file, none of the system's. */
static void users_of_a_password_file_log_in(void **state)
{
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text),
	               "printf 'alice\\nsecret\\nbob\\nother\\n' | "
	               "db5.3_load -T -t hash %s/users.db",
	               pamdir);
	assert_int_equal(system(text), 0);
	(void)snprintf(text, sizeof(text),
	               "auth required pam_userdb.so db=%s/users crypt=none\n"
	               "account required pam_userdb.so db=%s/users\n"
	               "session required pam_permit.so\n",
	               pamdir, pamdir);
	pamdir_service("test", text);
	assert_int_equal(login("alice"), AUTH_OK);
	assert_string_equal(name, "alice");
	assert_int_equal(login("bob"), AUTH_DENIED);
	assert_int_equal(login("carol"), AUTH_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_password_is_taken),
		cmocka_unit_test(the_wrong_password_is_denied),
		cmocka_unit_test(
			modules_are_asked_in_order_and_know_the_client),
		cmocka_unit_test(an_address_that_is_no_number_is_not_told),
		cmocka_unit_test(one_hidden_prompt_is_answered_and_no_other),
		cmocka_unit_test(
			a_second_prompt_is_said_to_be_the_set_ups_fault),
		cmocka_unit_test(each_code_is_the_users_fault_or_ours),
		cmocka_unit_test(
			only_a_password_that_was_taken_and_denied_is_wrong),
		cmocka_unit_test(a_helper_that_a_module_runs_is_waited_for),
		cmocka_unit_test(a_helper_that_may_not_run_is_our_fault),
		cmocka_unit_test(a_session_that_cannot_be_opened_is_our_fault),
		cmocka_unit_test(
			credentials_are_given_back_when_the_session_fails),
		cmocka_unit_test(the_name_is_the_one_pam_gives_back),
		cmocka_unit_test(a_name_given_back_may_be_64_octets_long),
		cmocka_unit_test(a_module_cannot_delay_the_answer),
		cmocka_unit_test(a_service_that_cannot_be_used_lets_nobody_in),
		cmocka_unit_test(a_service_that_is_not_there_is_our_fault),
		cmocka_unit_test(users_of_a_password_file_log_in),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}
