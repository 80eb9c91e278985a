/* --check: is everything set up?  Says what is wrong and how to fix it. */
#ifndef ONEPOP_CHECK_H
#define ONEPOP_CHECK_H

struct options;

/* Takes a look at what only the one who started us may see: before
   check_all, which may run as the start user. */
void check_begin(void);

/*
 * Looks, writes nothing but a failed login that pam_faillock is to count and
 * that is taken back, and prints a line for each thing; with
 * options.check_user at that user's mailbox too, as that user.  Returns 0
 * where nothing is wrong, else EX_CONFIG of sysexits.h.
 */
int check_all(const struct options *o);

/*
 * Prints that nothing can be looked at before that.  Returns EX_CONFIG; or 0
 * where an ordinary user may not read the options file.
 */
int check_failed(const char *what, const char *fix);

#endif
