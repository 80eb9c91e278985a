#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "admin/checktls.h"

#include "admin/report.h"
#include "base/module.h"
#include "config/options.h"
#include "net/tls.h"

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
	report_say(r, report_private(r, REPORT_PROBLEM),
	           "see TLS in onepop.conf(5)", "tls: %s",
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
		report_say(r, REPORT_PROBLEM, report_command("chmod o-rw", key),
		           "tls: everybody may read or write the private key "
		           "in %s",
		           key);
}

/* Who cannot log in where no client gets TLS. */
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

static void say_no_certificate(struct report *r, const struct options *o,
                               bool front)
{
	if (front)
		report_say(r, REPORT_OK, NULL, "tls: no --tls-cert");
	else
		report_say(r, lockouts[o->require_tls].without,
		           "set tls-cert and tls-key in " OPTIONS_FILE
		           ", then systemctl enable --now onepops.socket, "
		           "unless a program in front of onepop speaks TLS",
		           "tls: no --tls-cert: %s",
		           lockouts[o->require_tls].who);
}

void checktls_files(struct report *r, const struct options *o,
                    const struct checktls_starts *starts)
{
	const bool inside =
		starts->inside || o->tls == TLS_STLS || o->tls == TLS_IMPLICIT;
	const bool front = starts->front || o->tls == TLS_EXTERNAL;
	struct tls_validity v;

	if (!o->tls_cert && inside) {
		report_say(r, REPORT_PROBLEM,
		           "set tls-cert and tls-key in " OPTIONS_FILE,
		           "tls: it is on, but there is no certificate: nobody "
		           "is served by it");
		return;
	}
	if (!o->tls_cert) {
		say_no_certificate(r, o, front);
		return;
	}
	if (load(r, o, &v))
		check_validity(r, o->tls_cert, &v);
	check_key(r, o->tls_key ? o->tls_key : o->tls_cert);
	if (starts->known && !inside && !front)
		report_say(r, lockouts[o->require_tls].with,
		           "systemctl enable --now onepops.socket (port 995), "
		           "or the drop-in stls.conf (port 110): TLS in "
		           "onepop.conf(5)",
		           "tls: there is a certificate, but no port offers "
		           "TLS: %s",
		           lockouts[o->require_tls].who);
}
