/* SPDX-License-Identifier: ISC */
/*
 * PAM services, as onepopctl check reads them.  Input: the service's file,
 * 0xff, and the file of "other", which the service may include.
 *
 * Wraps: report_say module_symbol checkmodules_load
 */
#include "fuzz.h"

#include <limits.h>
#include <stdarg.h>

#include "admin/report.h"
#include "base/module.h"
#include "check/checkmodules.h"
#include "check/checkpam.h"
#include "config/options.h"
#include "files.h"

void __wrap_report_say(const struct report *r, int level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void *__wrap_module_symbol(const char *module, const char *symbol,
                           const char **why);
enum checkmodules __wrap_checkmodules_load(const char *module,
                                           const char **why);

void __wrap_report_say(const struct report *r, int level, const char *fmt, ...)
{
	static char text[32768];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	FUZZ_CHECK(n > 0);
	FUZZ_CHECK(level == REPORT_OK || strstr(text, "; fix: "));
	(void)r;
}

void *__wrap_module_symbol(const char *module, const char *symbol,
                           const char **why)
{
	static char there;

	(void)module;
	(void)symbol;
	(void)why;
	return &there;
}

enum checkmodules __wrap_checkmodules_load(const char *module, const char **why)
{
	*why = "it is not there";
	return strstr(module, "pam_") ? CHECKMODULES_FINE
	                              : CHECKMODULES_MISSING;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	files_make_directory();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size}, part = fuzz_part(&in, '\xff');
	struct options o = {.pam_service = "onepop",
	                    .pam_confdir = files_directory};
	struct report r = {0};
	struct checkpam_faillock faillock;

	files_write("onepop", part.p, part.n);
	files_write("other", in.p, in.n);
	checkpam_service(&r, &o, &faillock);
	FUZZ_CHECK(memchr(faillock.dir, '\0', sizeof(faillock.dir)));
	return 0;
}
