/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checkpam.h"

static struct checkpam_faillock faillock;

static void look_at(struct report *r)
{
	checkpam_service(r, &o, &faillock);
}

#define SESSION "session required pam_permit.so\n"

static void wrong_pam_services_are_problems(void **state)
{
	static const struct {
		const char *text, *said;
		unsigned int problems, warnings;
	} cases[] = {
		{"", "nobody can log in: PAM service: ", 1, 0},
		{"account required pam_unix.so\n" SESSION,
	         "/onepop: no auth line: PAM would use those of the service "
	         "other; fix: add some",
	         1, 0},
		{"auth required pam_unix.so\n" SESSION,
	         "/onepop: no account line", 1, 0},
		{"auth required pam_unix.so\naccount required pam_unix.so\n",
	         "has no session line, so those of the service other count", 0,
	         1},
		{"auth required pam_permit.so\naccount required pam_unix.so\n" SESSION,
	         "lets everybody in", 1, 0},
		{"auth sufficient pam_permit.so\nauth required pam_unix.so\n"
	         "account required pam_unix.so\n" SESSION,
	         "lets everybody in", 1, 0},
		{"auth [success=1 default=ignore] pam_unix.so nullok\n"
	         "auth requisite pam_deny.so\nauth required pam_permit.so\n"
	         "account required pam_unix.so\n" SESSION,
	         "names 5 modules", 0, 0},
		{"auth required pam_unix.so\nauth required pam_nonsuch.so\n"
	         "account required pam_unix.so\n" SESSION,
	         "no module pam_nonsuch.so", 1, 0},
		{"auth required pam_unix.so\n-auth optional pam_nonsuch.so\n"
	         "account required /nonexistent/pam_unix.so\n" SESSION,
	         "no module /nonexistent/pam_unix.so", 1, 0},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "session required\n",
	         "session without module", 1, 1},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "-session optional pam_mkhomedir.so\n",
	         "pam_mkhomedir.so does not belong", 0, 1},
		{"auth required pam_unix.so\naccount required pam_unix.so\n"
	         "-session optional /x/pam_mount.so\n",
	         "pam_mount.so does not belong", 0, 1},
		{"# auth required pam_nonsuch.so\n\n"
	         "AUTH \\\n required \\\npam_unix.so # pam_nonsuch.so\n"
	         "account\trequired\tpam_unix.so\nstray\n" SESSION,
	         "names 3 modules", 0, 0},
		{"@include nonsuch\nauth required pam_unix.so\n"
	         "account required pam_unix.so\n" SESSION,
	         "no service nonsuch that can be read", 1, 0},
		{"@include onepop\n", "is included too deeply", 2, 2},
		{"@include onepop\n@include onepop\n", "is included too deeply",
	         2, 2},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_service("onepop", cases[i].text);
		(void)look();
		assert_said(cases[i].said);
		assert_int_equal(counted.problems, cases[i].problems);
		assert_int_equal(counted.warnings, cases[i].warnings);
	}
}

#define NAME "pam_modutil_getspnam" /* of the function that reads the file */

/* A module that calls that function, or not. */
static void make_module(const char *path, bool named)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	               "cp /usr/lib/*/security/pam_permit.so %s && "
	               "printf '\\0%s\\0' >>%s",
	               path, named ? NAME : "", path);
	assert_int_equal(system(command), 0);
}

static void a_pam_unix_that_needs_a_helper_is_told_from_others(void **state)
{
	static const struct {
		bool named;
		int helper, sandbox;
		const char *said;
		unsigned int problems, warnings;
	} cases[] = {
		{false, PAM_HELPER_NO, SANDBOX_REQUIRE,
	         "; fix: set --pam-helper yes", 1, 0},
		{false, PAM_HELPER_YES, SANDBOX_REQUIRE, "names 3 modules", 0,
	         0},
		{false, PAM_HELPER_NO, SANDBOX_OFF, "names 3 modules", 0, 0},
		{true, PAM_HELPER_NO, SANDBOX_REQUIRE, "names 3 modules", 0, 0},
		{true, PAM_HELPER_YES, SANDBOX_REQUIRE,
	         "; fix: set --pam-helper no", 0, 1},
	};
	const struct options usual = o;
	char text[512], path[128];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/pam_unix.so", confdir);
	(void)snprintf(text, sizeof(text),
	               "auth required %s\naccount required %s\n" SESSION, path,
	               path);
	make_service("onepop", text);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_module(path, cases[i].named);
		o.pam_helper = cases[i].helper;
		o.sandbox = cases[i].sandbox;
		(void)look();
		assert_said(cases[i].said);
		assert_int_equal(counted.problems, cases[i].problems);
		assert_int_equal(counted.warnings, cases[i].warnings);
	}
	o = usual;
}

static void where_pam_faillock_counts_is_found(void **state)
{
	static const struct {
		const char *lines, *tally;
		unsigned int warnings;
	} cases[] = {
		{"", "", 0},
		{"auth requisite pam_faillock.so preauth dir=/run/x deny=3\n"
	         "auth [default=ignore] pam_faillock.so authfail dir=/run/x\n",
	         "/run/x", 0},
		{"auth required pam_faillock.so preauth silent\n"
	         "account required pam_faillock.so\n",
	         "/var/run/faillock", 1},
		{"auth required pam_faillock.so authfail\n"
	         "account required pam_faillock.so dir=/run/y\n",
	         "/run/y", 0},
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		(void)snprintf(text, sizeof(text),
		               "%sauth required pam_unix.so\n"
		               "account required pam_unix.so\n" SESSION,
		               cases[i].lines);
		make_service("onepop", text);
		assert_fine();
		assert_string_equal(faillock.dir, cases[i].tally);
		assert_int_equal(counted.warnings, cases[i].warnings);
	}
	make_service("onepop", "auth required pam_faillock.so authfail\n"
	                       "account required pam_unix.so\n");
	assert_problem("lets everybody in");
}

static void how_pam_faillock_counts_is_read(void **state)
{
	static const struct {
		const char *arguments, *conf;
		unsigned int deny, interval, unlock;
	} cases[] = {
		{"preauth", "", 3, 900, 600},
		{"preauth deny=5 unlock_time=never fail_interval=60", "", 5, 60,
	         0},
		{"preauth deny=7", "deny = 9\n# deny = 8\n unlock_time=0\n", 7,
	         900, 0},
		{"authfail", "fail_interval = 30 # seconds\ndeny=0\nsilent\n",
	         0, 30, 600},
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(cases); i++) {
		make_file(top, "conf", cases[i].conf, strlen(cases[i].conf));
		(void)snprintf(text, sizeof(text),
		               "auth requisite pam_faillock.so %s "
		               "conf=%s/conf\nauth required pam_unix.so\n"
		               "account required pam_unix.so\n" SESSION,
		               cases[i].arguments, top);
		make_service("onepop", text);
		assert_fine();
		assert_int_equal(faillock.deny, cases[i].deny);
		assert_int_equal(faillock.interval, cases[i].interval);
		assert_int_equal(faillock.unlock, cases[i].unlock);
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
	assert_fine();
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
	assert_problem("problem nobody can log in: PAM service: /tmp/");
	assert_said("/nonsuch: No such file or directory: PAM would use the "
	            "service other instead; fix: install pam.d/onepop");
	o.pam_confdir = NULL;
	assert_problem("PAM service: /etc/pam.d/nonsuch: No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(wrong_pam_services_are_problems, set_up),
		cmocka_unit_test(
			a_pam_unix_that_needs_a_helper_is_told_from_others),
		cmocka_unit_test_setup(where_pam_faillock_counts_is_found,
	                               set_up),
		cmocka_unit_test_setup(how_pam_faillock_counts_is_read, set_up),
		cmocka_unit_test_setup(included_services_are_read, set_up),
		cmocka_unit_test_setup(
			a_service_that_others_may_write_is_a_problem, set_up),
		cmocka_unit_test_setup(a_service_that_is_not_there_is_a_problem,
	                               set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
