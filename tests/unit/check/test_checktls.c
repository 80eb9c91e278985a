/* SPDX-License-Identifier: ISC */
#include "checked.h"

#include "check/checktls.h"

static struct checktls_starts starts;

static void look_at(struct report *r)
{
	checktls_files(r, &o, &starts);
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
	         "problem tls: no --tls-cert: nobody can log in"},
		{REQUIRE_TLS_NEVER, TLS_OFF, false, "ok      tls: no "},
		{REQUIRE_TLS_REMOTE, TLS_OFF, true, "ok      tls: no "},
		{REQUIRE_TLS_REMOTE, TLS_EXTERNAL, false, "ok      tls: no "},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		o.require_tls = cases[i].require;
		o.tls = cases[i].tls;
		starts.front = cases[i].front;
		(void)look();
		assert_said(cases[i].said);
	}
}

static void networks_of_everybody_are_warned_of(void **state)
{
	(void)state;
	o.trusted_networks = "192.0.2.0/24,0.0.0.0/0";
	o.require_tls = REQUIRE_TLS_REMOTE;
	(void)look();
	assert_said("warning tls: trusted-networks 192.0.2.0/24,0.0.0.0/0: "
	            "anybody's password may cross in the clear");
	o.trusted_networks = "192.0.2.0/24";
	(void)look();
	assert_not_said("trusted-networks");
	o.require_tls = REQUIRE_TLS_ALWAYS;
	(void)look();
	assert_said("warning tls: trusted-networks counts only with "
	            "require-tls remote");
	o.trusted_networks = NULL;
}

static void tls_without_a_certificate_is_a_problem(void **state)
{
	(void)state;
	o.tls = TLS_IMPLICIT;
	assert_problem("tls: it is on, but there is no certificate");
	o.tls = TLS_OFF;
	starts.inside = true; /* as a unit says */
	assert_problem("tls: it is on, but there is no certificate");
	starts.inside = false;
}

/* Not about the certificate, which is none here. */
static void a_certificate_that_no_port_offers_is_a_problem(void **state)
{
	static const struct {
		struct checktls_starts starts;
		int require;
		const char *said;
	} cases[] = {
		{{.known = true},
	         REQUIRE_TLS_REMOTE,
	         "problem tls: there is a certificate, but no port offers TLS: "
	         "clients on other hosts cannot log in; fix: systemctl enable "
	         "--now onepops.socket"},
		{{.known = true},
	         REQUIRE_TLS_ALWAYS,
	         "problem tls: there is a certificate, but no port offers TLS: "
	         "nobody can log in"},
		{{.known = true},
	         REQUIRE_TLS_NEVER,
	         "warning tls: there is a certificate, but no port"},
		{{.known = true, .inside = true}, REQUIRE_TLS_REMOTE, NULL},
		{{.known = true, .front = true}, REQUIRE_TLS_REMOTE, NULL},
		{{.known = false}, REQUIRE_TLS_REMOTE, NULL},
	};
	size_t i;

	(void)state;
	o.tls_cert = "/nonexistent/certificate";
	for (i = 0; i < LENGTH(cases); i++) {
		starts = cases[i].starts;
		o.require_tls = cases[i].require;
		(void)look();
		if (cases[i].said)
			assert_said(cases[i].said);
		else
			assert_not_said("no port offers");
	}
	memset(&starts, 0, sizeof(starts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_cannot_log_in_without_tls_is_said,
	                               set_up),
		cmocka_unit_test_setup(networks_of_everybody_are_warned_of,
	                               set_up),
		cmocka_unit_test_setup(tls_without_a_certificate_is_a_problem,
	                               set_up),
		cmocka_unit_test_setup(
			a_certificate_that_no_port_offers_is_a_problem, set_up),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
