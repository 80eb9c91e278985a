/* Who is it?  PAM is asked, and every failure takes the same time. */
#ifndef ONEPOP_AUTH_H
#define ONEPOP_AUTH_H

#include "auth/pam.h"
#include "config/account.h"

#define AUTH_FAILURE_SECONDS 2

/*
 * Asks PAM, in its module, which is loaded at the first question.  Every
 * answer but AUTH_OK comes when a multiple of AUTH_FAILURE_SECONDS has
 * passed since the call, whatever the cause; what the log may say of the name
 * (failure->exists) has been asked by then, for that takes a time of its own.
 * The process ends if PAM and the name service take longer than
 * setup->timeout; the log says so.
 * Names that username_is_valid refuses, root, and empty passwords are denied,
 * without asking PAM; so is a password that badpasswords_has knows.
 *
 * Without a password (NULL) the caller knows who it is; see pam_login_fn.
 */
enum auth_result auth_login(const struct auth_setup *setup, const char *user,
                            const char *password, struct account *ret,
                            struct auth_failure *failure);

#endif
