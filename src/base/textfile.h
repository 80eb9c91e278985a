/* SPDX-License-Identifier: ISC */
/* Reads small text files whole: options, certificates, PAM services. */
#ifndef ONEPOP_TEXTFILE_H
#define ONEPOP_TEXTFILE_H

#include <stddef.h>

#define TEXTFILE_MAX 65536 /* octets */

/*
 * Reads the file at path into text and ends it with a NUL; *ret is the number
 * of octets before that NUL.  The file must be regular, or a character device
 * such as /dev/null.  A FIFO is refused without waiting for its writer.  No
 * other copy of the octets stays in memory: the caller wipes text if it holds
 * a secret.
 *
 * Returns NULL, or the problem in words, with errno (EFBIG for a file larger
 * than TEXTFILE_MAX, EINVAL for one that is not regular).  Text then holds
 * what could be read, which may be nothing.
 */
const char *textfile_read(const char *path, char text[static TEXTFILE_MAX + 1],
                          size_t *ret);

#endif
