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

static const char *const directories[] = {"/etc/pam.d", "/usr/lib/pam.d"};

/* The types of lines without which libpam would use the service "other". */
enum { AUTH = 1, ACCOUNT = 2 };

struct file {
	char path[PATH_MAX];
	char text[TEXTFILE_MAX + 1];
};

/* Returns NULL, or the problem in words. */
static const char *read_file(struct file *f)
{
	const char *problem;
	size_t n;

	problem = textfile_read(f->path, f->text, &n);
	/* The beginning of a larger file is enough. */
	return problem && errno == EFBIG ? NULL : problem;
}

/* libpam makes the name of a service lower case. */
static const char *read_service(struct file *f, const char *directory,
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
	return read_file(f);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Returns NULL; or the problem in words with the first place's file. */
static const char *find(struct file *f, const char *service,
                        const char *confdir)
{
	const char *first, *second;

	if (confdir)
		return read_service(f, confdir, service);
	first = read_service(f, directories[0], service);
	if (!first)
		return NULL;
	second = read_service(f, directories[1], service);
	if (!second)
		return NULL;
	return read_service(f, directories[0], service);
}

/* What a line says, whose words are separated by blanks. */
static unsigned int type_of(const char *line)
{
	static const struct {
		const char *word;
		unsigned int types;
	} words[] = {
		{"auth", AUTH},
		{"account", ACCOUNT},
		{"@include", AUTH | ACCOUNT},
	};
	size_t i, n;

	line += strspn(line, BLANKS);
	line += *line == '-';
	n = strcspn(line, BLANKS);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (n == strlen(words[i].word) &&
		    strncasecmp(line, words[i].word, n) == 0)
			return words[i].types;
	return 0;
}

/* Skips the name of the service, where lines begin with one.  Is it ours? */
static bool skip_name(const char **line, const char *name)
{
	size_t n;

	if (!name)
		return true;
	*line += strspn(*line, BLANKS);
	n = strcspn(*line, BLANKS);
	if (n != strlen(name) || strncasecmp(*line, name, n) != 0)
		return false;
	*line += n;
	return true;
}

/* The types of lines in a file; name is the service's in /etc/pam.conf. */
static unsigned int types_in(char *text, const char *name)
{
	unsigned int types = 0;
	char *line, *rest = text;
	const char *at;

	while ((line = strsep(&rest, "\n"))) {
		at = line;
		if (skip_name(&at, name))
			types |= type_of(at);
	}
	return types;
}

const char *service_wrong(const char *service, const char *confdir)
{
	static struct file f;
	static char wrong[PATH_MAX + 256];
	const char *name = NULL, *problem;
	unsigned int types;

	if (!confdir && !is_directory(directories[0]) &&
	    !is_directory(directories[1])) {
		name = service;
		(void)snprintf(f.path, sizeof(f.path), PAM_CONF);
		problem = read_file(&f);
	} else {
		problem = find(&f, service, confdir);
	}
	if (problem) {
		(void)snprintf(wrong, sizeof(wrong),
		               "PAM service: %s: %s: PAM would use the service "
		               "other instead; fix: install pam.d/onepop "
		               "there, or set --pam-service",
		               f.path, problem);
		return wrong;
	}
	types = types_in(f.text, name);
	if (types == (AUTH | ACCOUNT))
		return NULL;
	(void)snprintf(wrong, sizeof(wrong),
	               "PAM service: %s: no %s line%s%s: PAM would use those "
	               "of the service other; fix: add some, as in "
	               "pam.d/onepop",
	               f.path, types & AUTH ? "account" : "auth",
	               name ? " for " : "", name ? name : "");
	return wrong;
}
