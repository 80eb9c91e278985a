/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "check/checktls.h"

#include "admin/report.h"
#include "base/module.h"
#include "config/cidr.h"
#include "config/options.h"
#include "net/tls.h"

#define DAY 86400

/* As stls_load does.  Reports a problem and returns false. */
static bool load_files(const struct report *r, const struct options *o,
                       struct tls_validity *ret)
{
	const struct tls_files files = {o->tls_cert, o->tls_key,
	                                o->tls_client_ca};
	const struct tls_module *module;
	const struct tls_wire none = {NULL, NULL, NULL};
	const char *no_module;
	char problem[512];

	module = module_symbol(TLS_MODULE, TLS_SYMBOL, &no_module);
	if (module &&
	    module->load(&files, &none, ret, problem, sizeof(problem)))
		return true;
	report_say(r, REPORT_PROBLEM | REPORT_PRIVATE,
	           "tls: %s; fix: see TLS in onepop.conf(5)",
	           module ? problem : no_module);
	return false;
}

static void check_validity(const struct report *r, const char *cert,
                           const struct tls_validity *v)
{
	if (v->begins > 0)
		report_say(r, REPORT_PROBLEM,
		           "tls: %s is not valid yet; fix: wait, or set "
		           "the clock",
		           cert);
	else if (v->ends <= 0)
		report_say(r, REPORT_PROBLEM,
		           "tls: %s has expired; fix: renew it", cert);
	else
		report_say(r,
		           v->ends < (int64_t)CHECKTLS_DAYS * DAY
		                   ? REPORT_WARNING
		                   : REPORT_OK,
		           "tls: %s is valid for %jd days; fix: renew it", cert,
		           (intmax_t)(v->ends / DAY));
}

static void check_key(const struct report *r, const char *key)
{
	struct stat st;

	if (stat(key, &st) == 0 && st.st_mode & (S_IROTH | S_IWOTH))
		report_say(r, REPORT_PROBLEM,
		           "tls: everybody may read or write the private key "
		           "in %s; fix: chmod o-rw %s",
		           key, key);
}

/* The users that cannot log in where no port offers TLS. */
static const struct {
	enum report_level without; /* a certificate */
	enum report_level with;
	const char *who;
} lockouts[] = {
	[REQUIRE_TLS_NEVER] = {REPORT_OK, REPORT_WARNING,
                               "passwords cross in the clear"},
	[REQUIRE_TLS_REMOTE] = {REPORT_WARNING, REPORT_PROBLEM,
                                "clients on other hosts cannot log in"},
	[REQUIRE_TLS_ALWAYS] = {REPORT_PROBLEM, REPORT_PROBLEM,
                                "nobody can log in"},
};

static void check_networks(const struct report *r, const struct options *o)
{
	const char *list = o->trusted_networks;

	if (list && cidr_has_everybody(list))
		report_say(r, REPORT_WARNING,
		           "tls: trusted-networks %s: anybody's password may "
		           "cross in the clear; fix: list the networks of "
		           "this site in " OPTIONS_FILE,
		           list);
	if (list && o->require_tls != REQUIRE_TLS_REMOTE)
		report_say(r, REPORT_WARNING,
		           "tls: trusted-networks counts only with "
		           "require-tls remote; fix: remove one of both "
		           "from " OPTIONS_FILE);
}

static void report_no_certificate(const struct report *r,
                                  const struct options *o, bool front)
{
	if (front)
		report_say(r, REPORT_OK, "tls: no --tls-cert");
	else
		report_say(r, lockouts[o->require_tls].without,
		           "tls: no --tls-cert: %s; fix: set tls-cert and "
		           "tls-key in " OPTIONS_FILE
		           ", then systemctl enable --now onepops.socket, "
		           "unless a program in front of onepop speaks TLS",
		           lockouts[o->require_tls].who);
}

void checktls_files(const struct report *r, const struct options *o,
                    const struct checktls_starts *starts)
{
	const bool inside =
		starts->inside || o->tls == TLS_STLS || o->tls == TLS_IMPLICIT;
	const bool front = starts->front || o->tls == TLS_EXTERNAL;
	struct tls_validity v;

	check_networks(r, o);
	if (!o->tls_cert && inside) {
		report_say(r, REPORT_PROBLEM,
		           "tls: it is on, but there is no certificate: "
		           "nobody is served by it; fix: set tls-cert and "
		           "tls-key in " OPTIONS_FILE);
		return;
	}
	if (!o->tls_cert) {
		report_no_certificate(r, o, front);
		return;
	}
	if (load_files(r, o, &v))
		check_validity(r, o->tls_cert, &v);
	check_key(r, o->tls_key ? o->tls_key : o->tls_cert);
	if (starts->known && !inside && !front)
		report_say(r, lockouts[o->require_tls].with,
		           "tls: there is a certificate, but no port offers "
		           "TLS: %s; fix: systemctl enable --now "
		           "onepops.socket (port 995), or the drop-in "
		           "stls.conf (port 110): TLS in onepop.conf(5)",
		           lockouts[o->require_tls].who);
}
