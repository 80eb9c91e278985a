/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "adopt/passwords.h"

/* Returns the octets of the line at p, which ends before end. */
static size_t measure_line(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return (size_t)((lf ? lf : end) - p);
}

/* Returns whether there is one line. */
static bool is_one_line(const struct passwords *p)
{
	return measure_line(p->text, p->text + p->n) + 1 >= p->n;
}

/* Control characters could end a command. */
static const char *text_problem(const struct passwords *p)
{
	const char *at = p->text, *const end = p->text + p->n;
	size_t n;

	if (p->n == 0 || *at == '\n')
		return "has no password in its first line";
	for (; at < end; at++)
		if ((unsigned char)*at < ' ' && *at != '\n')
			return "has a control character (such as CR) in it";
	if (is_one_line(p))
		return NULL;
	for (at = p->text; at < end; at += n + 1) {
		n = measure_line(at, end);
		if (!memchr(at, ':', n))
			return "has several lines, and one of them is not "
			       "LOGIN:PASSWORD";
	}
	return NULL;
}

const char *passwords_read(struct passwords *p, const char *path)
{
	const char *problem;
	struct stat st;

	p->n = 0;
	if (stat(path, &st) < 0)
		return strerrordesc_np(errno);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return "is open to others than its owner; fix: chmod 600";
	problem = textfile_read(path, p->text, &p->n);
	return problem ? problem : text_problem(p);
}

/* Returns the n octets of the password of a name, or NULL. */
static const char *find_text(const struct passwords *p, const char *login,
                             size_t *n)
{
	const char *at = p->text, *const end = p->text + p->n;
	const size_t name = strlen(login);

	for (; at < end; at += *n + 1) {
		*n = measure_line(at, end);
		if (*n > name && at[name] == ':' &&
		    memcmp(at, login, name) == 0) {
			*n -= name + 1;
			return at + name + 1;
		}
	}
	*n = measure_line(p->text, end);
	return is_one_line(p) ? p->text : NULL;
}

int passwords_find(const struct passwords *p, const char *login, char *ret,
                   size_t size)
{
	size_t n;
	const char *text = find_text(p, login, &n);

	if (!text || n == 0 || n >= size)
		return -1;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return 0;
}

void passwords_wipe(struct passwords *p)
{
	explicit_bzero(p, sizeof(*p));
}
