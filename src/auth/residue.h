/*
 * What libc keeps of a login, and nobody needs after it: freed memory, and
 * the line of /etc/shadow in getspnam's own buffer, where pam_unix up to 1.5
 * asks for it.  Whoever takes a session over later must not find them.
 */
#ifndef ONEPOP_RESIDUE_H
#define ONEPOP_RESIDUE_H

/* From here on most memory is overwritten when it is freed. */
void residue_begin(void);

/* Overwrites what is left of the login of that user, and ends the above. */
void residue_wipe(const char *user);

#endif
