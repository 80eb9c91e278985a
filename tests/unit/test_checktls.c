#include "checked.h"

#include "checktls.h"

static bool front;

static void look_at(struct report *r)
{
	checktls_files(r, &o, front);
}

static void who_cannot_log_in_without_tls_is_said(void **state)
{
	static const struct {
		int require, tls;
		bool front;
		const char *said;
	} cases[] = {
		{REQUIRE_TLS_REMOTE, TLS_OFF, false,
	         "warning tls: no --tls-cert: clients on other hosts cannot "
	         "log in"},
		{REQUIRE_TLS_ALWAYS, TLS_OFF, false,
	         "warning tls: no --tls-cert: nobody can log in"},
		{REQUIRE_TLS_NEVER, TLS_OFF, false, "ok      tls: no "},
		{REQUIRE_TLS_REMOTE, TLS_OFF, true, "ok      tls: no "},
		{REQUIRE_TLS_REMOTE, TLS_EXTERNAL, false, "ok      tls: no "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.require_tls = cases[i].require;
		o.tls = cases[i].tls;
		front = cases[i].front;
		assert_fine();
		assert_said(cases[i].said);
	}
}

static void tls_without_a_certificate_is_a_problem(void **state)
{
	(void)state;
	o.tls = TLS_IMPLICIT;
	assert_problem("tls: there is no certificate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_cannot_log_in_without_tls_is_said,
	                               set_up),
		cmocka_unit_test_setup(tls_without_a_certificate_is_a_problem,
	                               set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
