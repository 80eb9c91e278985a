#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "checktls.h"

#include "module.h"
#include "options.h"
#include "report.h"
#include "tls.h"

#define DAY 86400

/* As stls_load does; says what failed. */
static bool load(struct report *r, const struct options *o,
                 struct tls_validity *ret)
{
	const struct tls_files files = {o->tls_cert, o->tls_key,
	                                o->tls_client_ca};
	const struct tls_module *module;
	const struct tls_wire none = {NULL, NULL, NULL};
	const char *failed;
	char why[512];

	module = module_symbol(TLS_MODULE, TLS_SYMBOL, &failed);
	if (module && module->load(&files, &none, ret, why, sizeof(why)))
		return true;
	report_say(r, REPORT_PROBLEM, "see TLS in onepop(8)", "tls: %s",
	           module ? why : failed);
	return false;
}

static void check_validity(struct report *r, const char *cert,
                           const struct tls_validity *v)
{
	if (v->begins > 0)
		report_say(r, REPORT_PROBLEM, "wait, or look at the clock",
		           "tls: %s is not valid yet", cert);
	else if (v->ends <= 0)
		report_say(r, REPORT_PROBLEM, "renew it", "tls: %s has expired",
		           cert);
	else
		report_say(r,
		           v->ends < (int64_t)CHECKTLS_DAYS * DAY
		                   ? REPORT_WARNING
		                   : REPORT_OK,
		           "renew it", "tls: %s is valid for %jd days", cert,
		           (intmax_t)(v->ends / DAY));
}

static void check_key(struct report *r, const char *key)
{
	struct stat st;

	if (stat(key, &st) == 0 && st.st_mode & (S_IROTH | S_IWOTH))
		report_say(r, REPORT_PROBLEM, "chmod o-rw",
		           "tls: everybody may read or write the private key "
		           "in %s",
		           key);
}

/* What a set-up without TLS means to those who log in. */
static void check_clear(struct report *r, const struct options *o, bool front)
{
	if (front || o->tls == TLS_EXTERNAL ||
	    o->require_tls == REQUIRE_TLS_NEVER)
		report_say(r, REPORT_OK, NULL, "tls: no --tls-cert");
	else
		report_say(r, REPORT_WARNING,
		           "set --tls-cert and --tls-key, unless a program in "
		           "front of onepop speaks TLS; see --require-tls",
		           "tls: no --tls-cert: %s",
		           o->require_tls == REQUIRE_TLS_ALWAYS
		                   ? "nobody can log in"
		                   : "clients on other hosts cannot log in");
}

void checktls_files(struct report *r, const struct options *o, bool front)
{
	struct tls_validity v;

	if (o->tls_cert) {
		if (load(r, o, &v))
			check_validity(r, o->tls_cert, &v);
		check_key(r, o->tls_key ? o->tls_key : o->tls_cert);
	} else if (o->tls == TLS_STLS || o->tls == TLS_IMPLICIT) {
		report_say(r, REPORT_PROBLEM, "set --tls-cert and --tls-key",
		           "tls: there is no certificate");
	} else {
		check_clear(r, o, front);
	}
}
