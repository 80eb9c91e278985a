/*
 * The question put to PAM, and the module onepop-pam.so that puts it
 * (pam.c, linked with libpam).  Nothing of PAM lives on after the answer:
 * its session is opened and closed at once, for the limits it may set.
 */
#ifndef ONEPOP_PAM_H
#define ONEPOP_PAM_H

#include <stdbool.h>

#include "config/address.h"
#include "config/username.h"

enum auth_result {
	AUTH_OK,
	AUTH_DENIED,     /* the user's fault: [AUTH] */
	AUTH_UNAVAILABLE /* ours: [SYS/TEMP] */
};

/* Why it was not AUTH_OK, for the log. */
struct auth_failure {
	const char *why;    /* a word: "auth", "expired", "root", "pam"... */
	const char *detail; /* more, in words, or NULL */
	bool wrong;         /* a module took the password, and denied it */
	bool exists;        /* there is an account of that login name */
};

struct auth_setup {
	const char *service;   /* PAM's */
	const char *confdir;   /* where services are, or NULL: the system's */
	const char *mail_user; /* the account of all sessions, or NULL */
	const char *rhost;     /* the client's address, for the log and, of
	                          an ENDPOINT_INET, for PAM: modules would
	                          look up a name, which takes time */
	enum endpoint_kind rhost_kind;
	bool no_helper;      /* no module can start a process */
	const char *run_dir; /* run-time state, or NULL; see badpasswords.h */
	bool remember;       /* wrong passwords, there */
	int timeout;         /* seconds in which PAM, with the name service,
	                        must answer; 0: it may take any time */
};

/*
 * Authenticates, asks the account rules, sets credentials, opens and closes
 * a session.  On AUTH_OK name is the user's name as PAM gave it back, and
 * *failure is left alone.  failure->wrong is for what another question would
 * not change: not for an account that is locked for a while before its
 * password is asked for, nor for one that has expired.  After AUTH_UNAVAILABLE
 * failure->detail is PAM's own text about it, or names the option that lets a
 * module run its helper.
 *
 * Without a password (NULL) PAM is asked all but to authenticate: the user's
 * certificate has shown who it is.
 */
typedef enum auth_result pam_login_fn(const struct auth_setup *setup,
                                      const char *user, const char *password,
                                      char name[static USERNAME_OCTETS + 1],
                                      struct auth_failure *failure);

#define PAM_LOGIN_MODULE "onepop-pam.so"
#define PAM_LOGIN_SYMBOL "pam_login"

pam_login_fn pam_login;

#endif
