/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "auth/service.h"

#include "base/textfile.h"

#define PAM_CONF "/etc/pam.conf"
#define BLANKS   " \t"

/* libpam's, in its order. */
static const char *const directories[] = {"/etc/pam.d", "/usr/lib/pam.d"};

/* The types of lines that a service must have. */
enum { AUTH = 1, ACCOUNT = 2 };

struct service_file {
	char path[PATH_MAX];
	char text[TEXTFILE_MAX + 1];
};

/* Returns NULL, or the problem in words. */
static const char *read_service_file(struct service_file *f)
{
	const char *problem;
	size_t n;

	problem = textfile_read(f->path, f->text, &n);
	/* The beginning of a larger file is enough. */
	return problem && errno == EFBIG ? NULL : problem;
}

/* As libpam, makes the name lower case.  Returns NULL, or the problem. */
static const char *read_service(struct service_file *f, const char *directory,
                                const char *service)
{
	char *p;
	int n;

	n = snprintf(f->path, sizeof(f->path), "%s/", directory);
	if (n < 0 || (size_t)n + strlen(service) >= sizeof(f->path))
		return strerror(ENAMETOOLONG);
	for (p = f->path + n; *service; service++)
		*p++ = (char)tolower((unsigned char)*service);
	*p = '\0';
	return read_service_file(f);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Returns NULL; or the problem with the file in the first directory. */
static const char *find_service(struct service_file *f, const char *service,
                                const char *confdir)
{
	if (confdir)
		return read_service(f, confdir, service);
	if (!read_service(f, directories[0], service) ||
	    !read_service(f, directories[1], service))
		return NULL;
	return read_service(f, directories[0], service);
}

/*
 * Finds the next word of a line, and moves *line behind it.  Returns the
 * word's octets.
 */
static size_t find_word(const char **line, const char **word)
{
	size_t n;

	*word = *line + strspn(*line, BLANKS);
	n = strcspn(*word, BLANKS);
	*line = *word + n;
	return n;
}

static bool is_word(const char *word, size_t n, const char *wanted)
{
	return n == strlen(wanted) && strncasecmp(word, wanted, n) == 0;
}

/*
 * Returns the types that a line has.  In /etc/pam.conf it begins with the name
 * of its service; elsewhere name is NULL.
 */
static unsigned int line_types(const char *line, const char *name)
{
	const char *word;
	size_t n;

	if (name) {
		n = find_word(&line, &word);
		if (!is_word(word, n, name))
			return 0;
	}
	n = find_word(&line, &word);
	if (n > 0 && *word == '-') {
		word++;
		n--;
	}
	if (is_word(word, n, "auth"))
		return AUTH;
	if (is_word(word, n, "account"))
		return ACCOUNT;
	return is_word(word, n, "@include") ? AUTH | ACCOUNT : 0;
}

const char *service_problem(const char *service, const char *confdir)
{
	static struct service_file f;
	static char text[PATH_MAX + 256];
	const char *name = NULL, *problem;
	char *line, *rest = f.text;
	unsigned int types = 0;

	problem = find_service(&f, service, confdir);
	if (problem && !confdir && !is_directory(directories[0]) &&
	    !is_directory(directories[1])) {
		name = service;
		(void)snprintf(f.path, sizeof(f.path), PAM_CONF);
		problem = read_service_file(&f);
	}
	if (problem) {
		(void)snprintf(text, sizeof(text),
		               "PAM service: %s: %s: PAM would use the service "
		               "other instead; fix: install pam.d/onepop "
		               "there, or set --pam-service",
		               f.path, problem);
		return text;
	}
	while ((line = strsep(&rest, "\n")))
		types |= line_types(line, name);
	if (types == (AUTH | ACCOUNT))
		return NULL;
	(void)snprintf(text, sizeof(text),
	               "PAM service: %s: no %s line%s%s: PAM would use those "
	               "of the service other; fix: add some, as in "
	               "pam.d/onepop",
	               f.path, types & AUTH ? "account" : "auth",
	               name ? " for " : "", name ? name : "");
	return text;
}
