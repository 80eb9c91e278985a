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

/* Sleeps to the first multiple of AUTH_FAILURE_SECONDS after the start. */
static void sleep_from(deadline_t start)
{
	const deadline_t step = (deadline_t)AUTH_FAILURE_SECONDS * 1000;
	deadline_t steps;

	steps = (deadline_now() - start + step - 1) / step;
	deadline_sleep_until(start + (steps > 0 ? steps : 1) * step);
}

/* May that name and password be put to PAM?  Else says why not. */
static bool may_ask(const char *user, const char *password,
                    struct auth_failure *failure)
{
	if (!username_is_valid(user))
		failure->why = "name";
	else if (password && *password == '\0')
		failure->why = "empty";
	else if (account_is_root(user))
		failure->why = "root";
	else
		return true;
	return false;
}

static enum auth_result ask_pam(const struct auth_setup *setup,
                                const char *user, const char *password,
                                char name[static USERNAME_OCTETS + 1],
                                struct auth_failure *failure)
{
	void *symbol;

	symbol = module_symbol(PAM_LOGIN_MODULE, PAM_LOGIN_SYMBOL,
	                       &failure->detail);
	if (symbol == NULL) {
		failure->why = "module";
		return AUTH_UNAVAILABLE;
	}
	return ((pam_login_fn *)symbol)(setup, user, password, name, failure);
}

/*
 * Is it wrong, whatever PAM's denial came from?  PAM does not tell: it may be
 * a directory server that does not answer, or a module behind the one that
 * took the password.
 */
static bool is_surely_wrong(const char *user, const char *password)
{
	struct shadowfile_line line;
	const char *hash, *why;
	hash_fits_fn *fits;
	bool ret = false;

	hash = shadowfile_hash(user, &line);
	if (hash) {
		*(void **)&fits = module_symbol(HASH_MODULE, HASH_SYMBOL, &why);
		ret = fits && fits(hash, password) == 0;
	}
	explicit_bzero(&line, sizeof(line));
	return ret;
}

/* The same, unless that password is known to be wrong. */
static enum auth_result ask(const struct auth_setup *setup, const char *user,
                            const char *password,
                            char name[static USERNAME_OCTETS + 1],
                            struct auth_failure *failure)
{
	enum auth_result result = AUTH_DENIED;
	struct badpasswords f;

	if (!password)
		return ask_pam(setup, user, NULL, name, failure);
	(void)badpasswords_open(&f, setup->run_dir, user, password);
	if (setup->remember && badpasswords_has(&f)) {
		failure->why = "repeated";
	} else {
		result = ask_pam(setup, user, password, name, failure);
		if (result == AUTH_OK) {
			badpasswords_forget(&f);
		} else if (setup->remember && failure->wrong &&
		           is_surely_wrong(user, password)) {
			badpasswords_add(&f);
		}
	}
	badpasswords_close(&f);
	return result;
}

static enum auth_result unavailable(struct auth_failure *failure,
                                    const char *why, const char *detail)
{
	failure->why = why;
	failure->detail = detail;
	return AUTH_UNAVAILABLE;
}

static enum auth_result deny_root(struct auth_failure *failure)
{
	failure->why = "root";
	return AUTH_DENIED;
}

/* Checks the name that PAM returned, and finds its account. */
static enum auth_result find_account(const struct auth_setup *setup,
                                     struct account *ret,
                                     struct auth_failure *failure)
{
	const char *problem;

	if (!username_is_valid(ret->name))
		return unavailable(failure, "pam",
		                   "it gave back what is no login name");
	if (setup->mail_user && account_is_root(ret->name))
		return deny_root(failure);
	problem = account_fill(ret,
	                       setup->mail_user ? setup->mail_user : ret->name);
	if (problem)
		return unavailable(failure, "no-account", problem);
	if (ret->uid != 0)
		return AUTH_OK;
	return setup->mail_user
	               ? unavailable(failure, "mail-user",
	                             "root may not be all users' account")
	               : deny_root(failure);
}

/* All that asks PAM and the name service, each of which may hang. */
static enum auth_result ask_all(const struct auth_setup *setup,
                                const char *user, const char *password,
                                struct account *ret,
                                struct auth_failure *failure)
{
	enum auth_result result = AUTH_DENIED;

	residue_begin();
	if (may_ask(user, password, failure))
		result = ask(setup, user, password, ret->name, failure);
	if (result == AUTH_OK)
		result = find_account(setup, ret, failure);
	/* PAM is not asked again. */
	if (result == AUTH_OK)
		residue_wipe(ret->name);
	if (result != AUTH_OK)
		failure->exists = username_is_valid(user) && account_find(user);
	return result;
}

static int watch(const struct auth_setup *setup)
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
	enum auth_result result;
	deadline_t start;

	start = deadline_now();
	*failure = (struct auth_failure){.why = NULL};
	*ret = (struct account){.name = ""};
	if (watch(setup) < 0) {
		result = unavailable(failure, "watchdog", strerror(errno));
	} else {
		result = ask_all(setup, user, password, ret, failure);
		watchdog_stop();
	}
	if (result != AUTH_OK) {
		*ret = (struct account){.name = ""};
		sleep_from(start);
	}
	return result;
}
