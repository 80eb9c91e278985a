/* SPDX-License-Identifier: ISC */
/*
 * Wraps: deadline_now deadline_in deadline_left deadline_sleep_until getpwnam
 * Wraps: getpwnam_r
 */
#include "pamdir.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "fakeclock.h"
#include "pop3/authorization.h"
#include "pop3/session.h"

static int asked_late; /* look-ups of a user after the delay */

struct passwd *__real_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name);
int __real_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret);
int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret);

struct passwd *__wrap_getpwnam(const char *name)
{
	asked_late += fake_slept != 0;
	return __real_getpwnam(name);
}

int __wrap_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t n,
                      struct passwd **ret)
{
	asked_late += fake_slept != 0;
	return __real_getpwnam_r(name, pw, buf, n, ret);
}

static struct session s;
static int ends[2];

static int begin(void **state)
{
	static struct options options;

	(void)state;
	options = (struct options){.pam_service = "test",
	                           .pam_confdir = pamdir,
	                           .max_failures = 20};
	memset(&s, 0, sizeof(s));
	s.options = &options;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_init(&s.stream, ends[0], ends[0], 600);
	return 0;
}

static int end(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

/* Serves a command after which the state is AUTHORIZATION. */
static void stay(const char *text)
{
	const struct verb *v;
	struct command c;
	char line[128];
	int n;

	n = snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(command_parse(&c, line, (size_t)n), 0);
	for (v = authorization_verbs; strcmp(v->keyword, c.keyword) != 0; v++)
		assert_non_null(v->keyword);
	assert_int_equal(v->serve(&s, &c), AUTHORIZATION);
}

/* After the delay no look-up may show whether the user exists. */
static void nothing_is_asked_of_a_name_once_the_answer_is_due(void **state)
{
	static const char *const users[] = {"USER daemon", "USER no-such-user",
	                                    "USER .bad", "USER root"};
	size_t i;

	(void)state;
	pamdir_probe("password=right");
	for (i = 0; i < LENGTH(users); i++) {
		asked_late = 0;
		stay(users[i]);
		fake_slept = 0;
		stay("PASS wrong");
		assert_true(fake_slept > 0);
		assert_int_equal(asked_late, 0);
	}
}

/* A failure of PAM is ours, unless PAM answers at the next login. */
static void the_last_login_decides_the_exit_status(void **state)
{
	(void)state;
	pamdir_probe("auth=4");
	stay("USER daemon");
	stay("PASS right");
	assert_int_equal(s.exit_status, EX_UNAVAILABLE);
	pamdir_probe("password=right");
	stay("USER daemon");
	stay("PASS wrong");
	assert_int_equal(s.exit_status, EX_OK);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_asked_of_a_name_once_the_answer_is_due),
		TEST(the_last_login_decides_the_exit_status),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}
