/* SPDX-License-Identifier: ISC */
/*
 * Asks PAM to log a user in: the contract between onepop-pam.so, which is
 * linked with libpam (pam.c), and its caller.  PAM's session is opened and
 * closed at once, for the limits that it may set; nothing of PAM stays open.
 */
#ifndef ONEPOP_PAM_H
#define ONEPOP_PAM_H

#include <stdbool.h>

#include "config/address.h"
#include "config/username.h"

enum auth_result {
	AUTH_OK,
	AUTH_DENIED,     /* the user's fault: [AUTH] */
	AUTH_UNAVAILABLE /* this host's fault: [SYS/TEMP] */
};

/* Why the result was not AUTH_OK, for the log. */
struct auth_failure {
	const char *reason; /* a word: "auth", "expired", "root", "pam"... */
	const char *detail; /* more words, or NULL */
	bool wrong;         /* a module took the password and denied it */
	char account[USERNAME_OCTETS + 1]; /* of the login name, or empty */
	bool exists;                       /* there is that account */
};

struct auth_setup {
	const char *service;   /* PAM's */
	const char *confdir;   /* where services are; NULL: the system's */
	const char *account;   /* --account; NULL: %u */
	const char *mail_user; /* the account of all sessions, or NULL */
	const char *rhost;     /* the client's address, for the log and, if it
	                          is an ENDPOINT_INET, for PAM: modules look up
	                          anything else as a name, which takes time */
	enum endpoint_kind rhost_kind;
	bool no_helper;      /* no module can start a program */
	const char *run_dir; /* run-time state, or NULL; see badpasswords.h */
	bool remember;       /* keep wrong passwords there */
	int timeout;         /* seconds for PAM and the name service; 0: no
	                        limit */
};

/*
 * Authenticates, asks the account rules, sets credentials, opens and closes a
 * session.  The user's certificate stands for a password that is NULL: then
 * PAM does everything but authenticate.
 *
 * On AUTH_OK, name is the user's name as PAM returned it, and *failure is
 * unchanged.  failure->wrong is true only if the same password would be
 * denied again: not for an account that is locked for a while before its
 * password is asked for, nor for an expired one.  After AUTH_UNAVAILABLE,
 * failure->detail is PAM's own text, or names the option that lets a module
 * run its helper.
 */
typedef enum auth_result pam_login_fn(const struct auth_setup *setup,
                                      const char *user, const char *password,
                                      char name[static USERNAME_OCTETS + 1],
                                      struct auth_failure *failure);

#define PAM_LOGIN_MODULE "onepop-pam.so"
#define PAM_LOGIN_SYMBOL "pam_login"

pam_login_fn pam_login;

#endif
