#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/service.h"

#define PAM_CONF "/etc/pam.conf"
#define BLANKS   " \t"

static const char *const directories[] = {"/etc/pam.d", "/usr/lib/pam.d"};

/* The types of lines without which libpam would use the service "other". */
enum { AUTH = 1, ACCOUNT = 2 };

struct file {
	char path[PATH_MAX];
	char text[65536]; /* longer ones are read so far, which is enough */
};

/* Returns 0, or an error number. */
static int read_file(struct file *f)
{
	ssize_t got = 1;
	size_t n = 0;
	int fd, error = 0;

	/* Not to wait for the other end, if it is a FIFO */
	fd = open(f->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	while (got > 0 && n < sizeof(f->text) - 1) {
		got = read(fd, f->text + n, sizeof(f->text) - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		error = errno;
	f->text[n] = '\0';
	(void)close(fd);
	return error;
}

/* libpam makes the name of a service lower case. */
static int read_service(struct file *f, const char *directory,
                        const char *service)
{
	char *p;
	int n;

	n = snprintf(f->path, sizeof(f->path), "%s/", directory);
	if (n < 0 || (size_t)n + strlen(service) >= sizeof(f->path))
		return ENAMETOOLONG;
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

/* Finds the service's file.  Returns 0; or the error of the first place. */
static int find(struct file *f, const char *service, const char *confdir)
{
	int first, error;

	if (confdir)
		return read_service(f, confdir, service);
	first = read_service(f, directories[0], service);
	if (first == 0)
		return 0;
	error = read_service(f, directories[1], service);
	if (error)
		(void)read_service(f, directories[0], service);
	return error ? first : 0;
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
	const char *name = NULL;
	unsigned int types;
	int error;

	if (!confdir && !is_directory(directories[0]) &&
	    !is_directory(directories[1])) {
		name = service;
		(void)snprintf(f.path, sizeof(f.path), PAM_CONF);
		error = read_file(&f);
	} else {
		error = find(&f, service, confdir);
	}
	if (error) {
		(void)snprintf(wrong, sizeof(wrong),
		               "PAM service: %s: %s: PAM would use the service "
		               "other instead; fix: install pam.d/onepop "
		               "there, or set --pam-service",
		               f.path, strerror(error));
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
