/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth/shadowfile.h"

#define DAY 86400 /* seconds */

/* Reads lines up to the user's.  Refuses one that does not fit into text. */
static bool find_line(FILE *file, const char *user, char *text, size_t size)
{
	const size_t n = strlen(user);

	while (fgets(text, (int)size, file)) {
		if (strncmp(text, user, n) == 0 && text[n] == ':')
			return strlen(text) < size - 1;
		while (!strchr(text, '\n') && fgets(text, (int)size, file))
			continue; /* the rest of a longer line */
	}
	return false;
}

int shadowfile_find(const char *user, struct spwd *ret,
                    struct shadowfile_line *line)
{
	char buf[BUFSIZ], text[sizeof(line->text)];
	struct spwd *found = NULL;
	int error = 0;
	FILE *file;

	file = fopen(SHADOWFILE, "re");
	if (!file)
		return -1;
	/* A buffer of stdio's own would stay on the heap. */
	(void)setvbuf(file, buf, _IOFBF, sizeof(buf));
	if (find_line(file, user, text, sizeof(text)))
		error = sgetspent_r(text, ret, line->text, sizeof(line->text),
		                    &found);
	(void)fclose(file);
	explicit_bzero(buf, sizeof(buf));
	explicit_bzero(text, sizeof(text));
	errno = error ? error : ENOENT;
	return found ? 0 : -1;
}

const char *shadowfile_hash(const char *user, struct shadowfile_line *line)
{
	const long today = (long)(time(NULL) / DAY);
	struct spwd sp;

	if (shadowfile_find(user, &sp, line) < 0)
		return NULL;
	if (sp.sp_expire >= 0 && sp.sp_expire <= today)
		return NULL;
	if (sp.sp_lstchg == 0 || (sp.sp_lstchg > 0 && sp.sp_max >= 0 &&
	                          sp.sp_lstchg + sp.sp_max < today))
		return NULL;
	/* strchr also finds the NUL of an empty hash. */
	return strchr("!*", *sp.sp_pwdp) ? NULL : sp.sp_pwdp;
}
