/* onepopctl check's look at the directory of the mailboxes, and at who may
 * write. */
#ifndef ONEPOP_CHECKSPOOL_H
#define ONEPOP_CHECKSPOOL_H

#include <stdbool.h>
#include <sys/stat.h>

struct options;
struct report;

/*
 * Looks at the administrator's part of --mailbox, and, if all mailboxes are
 * files in that directory, at each, for some seconds: who may write it, and
 * whether mail lies there in another form.
 */
void checkspool_look(struct report *r, const struct options *o);

/* Are all mailboxes files in the one directory? */
bool checkspool_is_flat(const char *pattern);

/* Says who else may write a mailbox. */
void checkspool_file(struct report *r, const char *path, const struct stat *st);

/* Is that directory, below one that is open, a Maildir with mail in it? */
bool checkspool_is_maildir(int dir, const char *path);

#endif
