/* SPDX-License-Identifier: ISC */
/*
 * Overwrites the secrets that libc keeps after a login, so that an attacker who
 * takes the session over later does not find them.  They are in freed memory,
 * and in getspnam's buffer, which has the user's line of /etc/shadow (pam_unix
 * of Linux-PAM 1.5 calls getspnam).
 */
#ifndef ONEPOP_RESIDUE_H
#define ONEPOP_RESIDUE_H

/* Most memory that is freed from here on is overwritten. */
void residue_begin(void);

/* Overwrites the rest of the user's login, and ends residue_begin. */
void residue_wipe(const char *user);

#endif
