/*
 * Overwrites what libc keeps after a login, freed memory and getspnam's buffer
 * with the user's line of /etc/shadow (pam_unix of Linux-PAM 1.5 asks for it),
 * so that an attacker who takes the session over later does not find it.
 */
#ifndef ONEPOP_RESIDUE_H
#define ONEPOP_RESIDUE_H

/* Most memory that is freed from here on is overwritten. */
void residue_begin(void);

/* Overwrites what the user's login has left, and ends residue_begin. */
void residue_wipe(const char *user);

#endif
