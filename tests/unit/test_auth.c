#include "pamdir.h"

#include <pwd.h>

#include "auth.h"
#include "deadline.h"

/* What a login gave, handed from the process it was tried in. */
struct outcome {
	enum auth_result result;
	struct account account;
	char why[32], detail[128];
	int64_t took; /* milliseconds */
};

static struct outcome login(const struct auth_setup *setup, const char *user,
                            const char *password)
{
	struct outcome o = {.result = AUTH_OK};
	struct auth_failure failure;
	deadline_t start;

	start = deadline_now();
	o.result = auth_login(setup, user, password, &o.account, &failure);
	o.took = deadline_now() - start;
	if (failure.why)
		(void)snprintf(o.why, sizeof(o.why), "%s", failure.why);
	if (failure.detail)
		(void)snprintf(o.detail, sizeof(o.detail), "%s",
		               failure.detail);
	return o;
}

struct refusal {
	const char *arguments; /* the probe's */
	const char *user, *password, *mail_user;
	enum auth_result want;
	const char *why;
	int64_t after; /* no sooner than that */
};

/* "daemon" is uid 1 everywhere; a name that is nobody's is "no-such-user". */
static const struct refusal refusals[] = {
	{"password=right", "daemon", "wrong", NULL, AUTH_DENIED, "auth", 2000},
	{"auth=10", "daemon", "right", NULL, AUTH_DENIED, "auth", 2000},
	{"acct=13", "daemon", "right", NULL, AUTH_DENIED, "expired", 2000},
	{"auth=4", "daemon", "right", NULL, AUTH_UNAVAILABLE, "pam", 2000},
	/* Without a question to PAM, which would say yes */
	{"", "root", "right", NULL, AUTH_DENIED, "root", 2000},
	{"", "daemon", "", NULL, AUTH_DENIED, "empty", 2000},
	{"", "", "right", NULL, AUTH_DENIED, "name", 2000},
	{"", "../daemon", "right", NULL, AUTH_DENIED, "name", 2000},
	{"", "dae mon", "right", NULL, AUTH_DENIED, "name", 2000},
	{"", "-daemon", "right", NULL, AUTH_DENIED, "name", 2000},
	/* Names that PAM gives back */
	{"user=root", "daemon", "right", NULL, AUTH_DENIED, "root", 2000},
	{"user=a/b", "daemon", "right", NULL, AUTH_UNAVAILABLE, "pam", 2000},
	{"", "no-such-user", "right", NULL, AUTH_UNAVAILABLE, "no-account",
         2000},
	/* The account of all sessions */
	{"", "alice", "right", "no-such-user", AUTH_UNAVAILABLE, "no-account",
         2000},
	{"", "alice", "right", "root", AUTH_UNAVAILABLE, "mail-user", 2000},
	{"", "root", "right", "daemon", AUTH_DENIED, "root", 2000},
	/* PAM took longer: the next multiple */
	{"sleep=2100 password=right", "daemon", "wrong", NULL, AUTH_DENIED,
         "auth", 4000},
};

/* Tries one in a process of its own, which writes the outcome to a pipe. */
static int start(const struct refusal *r)
{
	struct auth_setup setup = {"test", pamdir, r->mail_user, "192.0.2.7"};
	struct outcome o;
	char service[16];
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		(void)snprintf(service, sizeof(service), "%ld", (long)getpid());
		setup.service = service;
		pamdir_named(service, r->arguments);
		o = login(&setup, r->user, r->password);
		_exit(write(ends[1], &o, sizeof(o)) != sizeof(o));
	}
	assert_int_equal(close(ends[1]), 0);
	return ends[0];
}

/* All at once, as each takes its time. */
static void every_refusal_comes_at_the_same_time(void **state)
{
	int fds[LENGTH(refusals)], status;
	struct outcome o;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(refusals); i++)
		fds[i] = start(&refusals[i]);
	for (i = 0; i < LENGTH(refusals); i++) {
		assert_int_equal(read(fds[i], &o, sizeof(o)), sizeof(o));
		assert_int_equal(o.result, refusals[i].want);
		assert_string_equal(o.why, refusals[i].why);
		assert_true(o.took >= refusals[i].after);
		assert_string_equal(o.account.name, "");
		assert_int_equal(o.account.uid, 0);
		assert_int_equal(close(fds[i]), 0);
	}
	while (wait(&status) > 0)
		assert_int_equal(status, 0);
}

static void a_login_gives_the_users_own_account(void **state)
{
	struct auth_setup setup = {"test", pamdir, NULL, "192.0.2.7"};
	const struct passwd *p;
	struct outcome o;

	(void)state;
	pamdir_probe("password=right");
	o = login(&setup, "daemon", "right");
	p = getpwnam("daemon");
	assert_non_null(p);
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "daemon");
	assert_int_equal(o.account.uid, p->pw_uid);
	assert_int_equal(o.account.gid, p->pw_gid);
	assert_string_equal(o.account.home, p->pw_dir);
	assert_string_equal(o.why, "");
}

static void virtual_users_share_one_account(void **state)
{
	struct auth_setup setup = {"test", pamdir, "daemon", "192.0.2.7"};
	struct outcome o;

	(void)state;
	pamdir_probe("password=right");
	o = login(&setup, "alice@example.org", "right");
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "alice@example.org");
	assert_int_equal(o.account.uid, 1);
	assert_int_equal(o.account.gid, 1);
}

static void the_account_is_of_the_name_that_pam_gives_back(void **state)
{
	struct auth_setup setup = {"test", pamdir, NULL, NULL};
	struct outcome o;

	(void)state;
	pamdir_probe("user=daemon");
	o = login(&setup, "alias", "right");
	assert_int_equal(o.result, AUTH_OK);
	assert_string_equal(o.account.name, "daemon");
	assert_int_equal(o.account.uid, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_comes_at_the_same_time),
		cmocka_unit_test(a_login_gives_the_users_own_account),
		cmocka_unit_test(virtual_users_share_one_account),
		cmocka_unit_test(
			the_account_is_of_the_name_that_pam_gives_back),
	};

	return cmocka_run_group_tests(tests, pamdir_make, pamdir_remove);
}
