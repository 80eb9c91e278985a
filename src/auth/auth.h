/* SPDX-License-Identifier: ISC */
/*
 * Logs a user in: asks PAM, and finds the account.  All failures take the same
 * time, so that their cause cannot be measured.
 */
#ifndef ONEPOP_AUTH_H
#define ONEPOP_AUTH_H

#include "auth/pam.h"
#include "config/account.h"

#define AUTH_FAILURE_SECONDS 2

/*
 * Asks PAM, whose module is loaded at the first call.
 *
 * Every result but AUTH_OK is returned at a multiple of AUTH_FAILURE_SECONDS
 * after the call.  failure->exists is looked up before the delay, so that the
 * look-up's own time cannot be measured.  If PAM and the name service take
 * longer than setup->timeout, the process logs that and ends.
 *
 * PAM, the name service and badpasswords know the user by the name that
 * setup->account makes of the login name.  A login name that it makes no valid
 * name of, root, an empty password, and a password that badpasswords_has are
 * denied without asking PAM.
 *
 * The password is NULL if a client certificate has shown who the user is; see
 * pam_login_fn.
 */
enum auth_result auth_login(const struct auth_setup *setup, const char *user,
                            const char *password, struct account *ret,
                            struct auth_failure *failure);

#endif
