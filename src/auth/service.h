/* SPDX-License-Identifier: ISC */
/*
 * Checks that the PAM service exists.  If libpam finds no file for it, or no
 * line of a type in that file, it silently uses the service "other":
 * passwords would be tried without pam_faillock.
 */
#ifndef ONEPOP_SERVICE_H
#define ONEPOP_SERVICE_H

/*
 * Looks where libpam does: in confdir; or, if that is NULL, in /etc/pam.d and
 * /usr/lib/pam.d, or in /etc/pam.conf if neither exists.  The sandbox decides
 * which files can be read: call this when libpam will see the same files.
 *
 * Returns NULL if the service has auth and account lines (an @include counts
 * as both); or the problem in words, with the file and the fix, which are
 * valid until the next call.
 */
const char *service_problem(const char *service, const char *confdir);

#endif
