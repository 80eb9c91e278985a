/* SPDX-License-Identifier: ISC */
#include "endpoint.h"

#include "config/options.h"
#include "net/client.h"
#include "net/tlspolicy.h"

static struct tlspolicy c;
static struct options o;

static void begin(int tls, int require)
{
	o = (struct options){.tls = tls, .require_tls = require};
	tlspolicy_init(&c, &o);
}

static struct client client_at(const char *address)
{
	return (struct client){.remote = endpoint_of(address),
	                       .hop = endpoint_of(address)};
}

static bool password_may_cross(bool local)
{
	const struct client client = client_at(local ? "local" : "192.0.2.7");

	return tlspolicy_problem(&c, &o, &client) == NULL;
}

/* For each --require-tls: a client on this host, and one elsewhere. */
static void who_must_encrypt(void **state)
{
	static const struct {
		int require;
		bool local, remote;
	} rows[] = {
		{REQUIRE_TLS_NEVER, true, true},
		{REQUIRE_TLS_REMOTE, true, false},
		{REQUIRE_TLS_ALWAYS, false, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(TLS_STLS, rows[i].require);
		assert_int_equal(password_may_cross(true), rows[i].local);
		assert_int_equal(password_may_cross(false), rows[i].remote);
		tlspolicy_encrypt(&c, "TLSv1.3");
		assert_true(password_may_cross(true));
		assert_true(password_may_cross(false));
		tlspolicy_expose(&c);
		assert_int_equal(password_may_cross(false), rows[i].remote);
	}
}

static void passwords_of_a_trusted_network_may_cross(void **state)
{
	static const struct {
		int require;
		const char *from, *word;
		bool may;
	} rows[] = {
		{REQUIRE_TLS_REMOTE, "192.0.2.7", "no/trusted", true},
		{REQUIRE_TLS_REMOTE, "192.0.3.7", "no", false},
		{REQUIRE_TLS_REMOTE, "127.0.0.1", "no", true},
		{REQUIRE_TLS_REMOTE, "local", "no", true},
		{REQUIRE_TLS_REMOTE, "unknown", "no", false},
		{REQUIRE_TLS_ALWAYS, "192.0.2.7", "no", false},
		{REQUIRE_TLS_NEVER, "192.0.2.7", "no", true},
	};
	struct client client;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		begin(TLS_STLS, rows[i].require);
		o.trusted_networks = "192.0.2.0/24";
		client = client_at(rows[i].from);
		assert_int_equal(tlspolicy_problem(&c, &o, &client) == NULL,
		                 rows[i].may);
		assert_string_equal(tlspolicy_word(&c, &o, &client),
		                    rows[i].word);
		tlspolicy_encrypt(&c, "TLSv1.3");
		assert_string_equal(tlspolicy_word(&c, &o, &client), "TLSv1.3");
	}
}

/* The program before us has decrypted, unless a proxy says otherwise. */
static void external_is_encrypted(void **state)
{
	(void)state;
	begin(TLS_EXTERNAL, REQUIRE_TLS_ALWAYS);
	assert_true(password_may_cross(false));
	assert_string_equal(c.tls, "external");
	tlspolicy_expose(&c);
	assert_false(password_may_cross(true));
	assert_string_equal(c.tls, "no");
}

/*
 * Words that would mislead: whether port 995 is open is not known here, and
 * mail programs take "lock" and "wait" for a busy mailbox.
 */
static void the_refusal_names_only_what_is_on(void **state)
{
	const struct client client = client_at("192.0.2.7");
	static const struct {
		int tls;
		bool stls;
	} rows[] = {
		{TLS_STLS, true},
		{TLS_OFF, false},
		{TLS_EXTERNAL, false},
	};
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].tls, REQUIRE_TLS_REMOTE);
		tlspolicy_expose(&c);
		text = tlspolicy_problem(&c, &o, &client);
		assert_int_equal(strstr(text, "STLS") != NULL, rows[i].stls);
		assert_null(strstr(text, "995"));
		assert_null(strcasestr(text, "lock"));
		assert_null(strcasestr(text, "wait"));
	}
}

static void a_long_version_is_cut(void **state)
{
	(void)state;
	begin(TLS_OFF, REQUIRE_TLS_ALWAYS);
	tlspolicy_encrypt(&c, "a version nobody has heard of yet");
	assert_string_equal(c.tls, "a version nobod");
	assert_true(password_may_cross(false));
}

static void a_certificate_names_a_user(void **state)
{
	static const char *const nobody[] = {"",    "-",   ".a",      "a b",
	                                     "a/b", "a\n", "\303\244"};
	size_t i;

	(void)state;
	begin(TLS_EXTERNAL, REQUIRE_TLS_ALWAYS);
	assert_string_equal(c.user, "");
	tlspolicy_set_user(&c, "alice@example.org");
	assert_string_equal(c.user, "alice@example.org");
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		tlspolicy_set_user(&c, "alice");
		tlspolicy_set_user(&c, nobody[i]);
		assert_string_equal(c.user, "");
	}
	tlspolicy_set_user(&c, "alice");
	tlspolicy_expose(&c);
	assert_string_equal(c.user, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_must_encrypt),
		cmocka_unit_test(passwords_of_a_trusted_network_may_cross),
		cmocka_unit_test(external_is_encrypted),
		cmocka_unit_test(the_refusal_names_only_what_is_on),
		cmocka_unit_test(a_long_version_is_cut),
		cmocka_unit_test(a_certificate_names_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
