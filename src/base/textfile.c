/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/textfile.h"

/* Returns NULL, or the problem in words, with errno. */
static const char *read_octets(int fd, char *text, size_t *n)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
		errno = EINVAL;
		return "not a regular file";
	}
	while ((got = read(fd, text + *n, TEXTFILE_MAX - *n)) > 0)
		*n += (size_t)got;
	if (got == 0 && *n == TEXTFILE_MAX) {
		got = read(fd, text + *n, 1);
		if (got > 0) {
			errno = EFBIG;
			return "larger than 64 KiB";
		}
	}
	return got < 0 ? strerror(errno) : NULL;
}

const char *textfile_read(const char *path, char text[static TEXTFILE_MAX + 1],
                          size_t *ret)
{
	const char *problem;
	int fd;

	*ret = 0;
	*text = '\0';
	/* Without O_NONBLOCK, opening a FIFO waits for its writer. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return strerror(errno);
	problem = read_octets(fd, text, ret);
	text[*ret] = '\0';
	(void)close(fd);
	return problem;
}
