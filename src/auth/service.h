/*
 * Looks for the PAM service, as libpam does.  Where libpam finds no file for
 * it, or no line of a type in that file, it uses the service "other" instead
 * and tells nobody: passwords would be tried without pam_faillock.
 */
#ifndef ONEPOP_SERVICE_H
#define ONEPOP_SERVICE_H

/*
 * Looks in confdir; or, if that is NULL, in /etc/pam.d and /usr/lib/pam.d, or
 * in /etc/pam.conf where neither of them exists.  What can be read depends on
 * the sandbox: call this when libpam will see the same.
 *
 * Returns NULL if the service has auth and account lines (an @include counts
 * as both), else a sentence that names the file and the fix.  It stays until
 * the next call.
 */
const char *service_wrong(const char *service, const char *confdir);

#endif
