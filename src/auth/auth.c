/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/badpasswords.h"
#include "auth/hash.h"
#include "auth/residue.h"
#include "auth/shadowfile.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/module.h"
#include "base/watchdog.h"

static enum auth_result deny(struct auth_failure *failure, const char *reason)
{
	failure->reason = reason;
	return AUTH_DENIED;
}

static enum auth_result report_fault(struct auth_failure *failure,
                                     const char *reason, const char *detail)
{
	failure->reason = reason;
	failure->detail = detail;
	return AUTH_UNAVAILABLE;
}

static enum auth_result ask_pam(const struct auth_setup *setup,
                                const char *user, const char *password,
                                char name[static USERNAME_OCTETS + 1],
                                struct auth_failure *failure)
{
	const char *problem;
	void *symbol;

	symbol = module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL, &problem);
	if (symbol == NULL)
		return report_fault(failure, "module", problem);
	return ((pam_login_fn *)symbol)(setup, user, password, name, failure);
}

/*
 * Returns whether the user's hash says that the password is wrong.  PAM's
 * denial does not tell: its cause may be a directory server that is down, or
 * a module after the one that accepted the password.
 */
static bool is_surely_wrong(const char *user, const char *password)
{
	struct shadowfile_line line;
	const char *hash, *problem;
	hash_fits_fn *fits;
	bool ret = false;

	hash = shadowfile_hash(user, &line);
	if (hash) {
		*(void **)&fits =
			module_symbol(HASH_MODULE, HASH_SYMBOL, &problem);
		ret = fits && fits(hash, password) == 0;
	}
	explicit_bzero(&line, sizeof(line));
	return ret;
}

/* Asks PAM, unless the same wrong password came before. */
static enum auth_result check_password(const struct auth_setup *setup,
                                       const char *user, const char *password,
                                       char name[static USERNAME_OCTETS + 1],
                                       struct auth_failure *failure)
{
	enum auth_result result;
	struct badpasswords f;

	(void)badpasswords_open(&f, setup->run_dir, user, password);
	if (setup->remember && badpasswords_has(&f)) {
		result = deny(failure, "repeated");
	} else {
		result = ask_pam(setup, user, password, name, failure);
		if (result == AUTH_OK)
			badpasswords_forget(&f);
		else if (setup->remember && failure->wrong &&
		         is_surely_wrong(user, password))
			badpasswords_add(&f);
	}
	badpasswords_close(&f);
	return result;
}

/* Checks the name that PAM returned, and fills in its account. */
static enum auth_result accept_name(const struct auth_setup *setup,
                                    struct account *ret,
                                    struct auth_failure *failure)
{
	const char *problem;

	if (!username_is_valid(ret->name))
		return report_fault(failure, "pam",
		                    "it returned a name that is no login name");
	if (setup->mail_user && account_is_root(ret->name))
		return deny(failure, "root");
	problem = account_fill(ret,
	                       setup->mail_user ? setup->mail_user : ret->name);
	if (problem)
		return report_fault(failure, "no-account", problem);
	if (ret->uid != 0)
		return AUTH_OK;
	return setup->mail_user ? report_fault(failure, "mail-user",
	                                       "--mail-user must not be root")
	                        : deny(failure, "root");
}

/* Does everything that may hang because PAM or the name service hangs. */
static enum auth_result log_in(const struct auth_setup *setup, const char *user,
                               const char *password, struct account *ret,
                               struct auth_failure *failure)
{
	const char *pattern = setup->account ? setup->account : "%u";
	char *account = failure->account;
	enum auth_result result;

	residue_begin();
	if (!username_fill(account, pattern, user))
		result = deny(failure, "name");
	else if (password && *password == '\0')
		result = deny(failure, "empty");
	else if (account_is_root(account))
		result = deny(failure, "root");
	else if (password)
		result = check_password(setup, account, password, ret->name,
		                        failure);
	else
		result = ask_pam(setup, account, NULL, ret->name, failure);
	if (result == AUTH_OK)
		result = accept_name(setup, ret, failure);
	if (result != AUTH_OK) {
		failure->exists = *account && account_find(account);
		return result;
	}
	residue_wipe(ret->name); /* PAM is not asked again */
	(void)snprintf(ret->login, sizeof(ret->login), "%s", user);
	return AUTH_OK;
}

/* Sleeps to the first multiple of AUTH_FAILURE_SECONDS after the start. */
static void sleep_to_multiple(deadline_t start)
{
	const deadline_t step = (deadline_t)AUTH_FAILURE_SECONDS * 1000;
	deadline_t steps;

	steps = (deadline_now() - start + step - 1) / step;
	deadline_sleep_until(start + (steps > 0 ? steps : 1) * step);
}

/* Lets the process end when PAM takes too long.  Returns 0, or -1 with errno.
 */
static int start_watchdog(const struct auth_setup *setup)
{
	log_keep_error(LOG_SETUP_ERROR,
	               "login: no answer from the PAM service %s, or the name "
	               "service, in %d seconds; client: %s; fix: find the "
	               "module that hangs, or raise --login-timeout",
	               setup->service, setup->timeout,
	               setup->rhost ? setup->rhost : "unknown");
	return watchdog_start(setup->timeout);
}

enum auth_result auth_login(const struct auth_setup *setup, const char *user,
                            const char *password, struct account *ret,
                            struct auth_failure *failure)
{
	const deadline_t start = deadline_now();
	enum auth_result result;

	*failure = (struct auth_failure){.reason = NULL};
	*ret = (struct account){.name = ""};
	if (start_watchdog(setup) < 0) {
		result = report_fault(failure, "watchdog", strerror(errno));
	} else {
		result = log_in(setup, user, password, ret, failure);
		watchdog_stop();
	}
	if (result != AUTH_OK) {
		*ret = (struct account){.name = ""};
		sleep_to_multiple(start);
	}
	return result;
}
