/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/badpasswords.h"

#include "auth/shadowfile.h"
#include "base/digest.h"
#include "base/lock.h"
#include "base/module.h"
#include "base/statefile.h"

#define KEY_FILE "key"

static struct badpasswords_stamp read_stamp(void)
{
	struct badpasswords_stamp ret = {0};
	struct stat st;

	if (stat(SHADOWFILE, &st) < 0)
		return ret;
	ret.inode = (int64_t)st.st_ino;
	ret.size = st.st_size;
	ret.modified[0] = st.st_mtim.tv_sec;
	ret.modified[1] = st.st_mtim.tv_nsec;
	ret.changed[0] = st.st_ctim.tv_sec;
	ret.changed[1] = st.st_ctim.tv_nsec;
	return ret;
}

/* Opens the directory, and makes it if need be.  Returns -1 with errno. */
static int open_failures(const char *run_dir)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char path[PATH_MAX];
	struct stat st;
	int fd, n;

	n = snprintf(path, sizeof(path), "%s/" BADPASSWORDS_DIRECTORY, run_dir);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, flags);
	if (fd < 0 && errno == ENOENT) {
		(void)mkdir(run_dir, 0700);
		(void)mkdir(path, 0700);
		fd = open(path, flags);
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IRWXG | S_IRWXO)))
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

static int lock_for_login(int fd)
{
	return lock_file(fd, LOCK_EXCLUSIVE, deadline_in(BADPASSWORDS_WAIT));
}

static bool read_whole_key(int fd, uint8_t key[static MAC_KEY])
{
	return pread(fd, key, MAC_KEY, 0) == MAC_KEY;
}

/* Reads the key.  Makes it if there is none, or it was cut short. */
static int read_key(int dir, uint8_t key[static MAC_KEY])
{
	int fd, ret = -1;
	struct stat st;

	fd = statefile_open(dir, KEY_FILE, &st);
	if (fd < 0)
		return -1;
	if (read_whole_key(fd, key)) {
		ret = 0;
	} else if (lock_for_login(fd) == 0) {
		if (read_whole_key(fd, key) ||
		    (getrandom(key, MAC_KEY, 0) == MAC_KEY &&
		     pwrite(fd, key, MAC_KEY, 0) == MAC_KEY))
			ret = 0;
		unlock_file(fd);
	}
	(void)close(fd);
	return ret;
}

/* Makes now.digest, unless it is made.  Returns whether it is. */
static bool make_digest(struct badpasswords *f)
{
	/* The name has its NUL: no other parts make the same octets. */
	const struct mac_part parts[] = {
		{f->user, strlen(f->user) + 1},
		{&f->stamp, sizeof(f->stamp)},
		{f->password, strlen(f->password)},
	};
	uint8_t key[MAC_KEY];
	mac_digest_fn *digest;
	const char *problem;

	if (f->digested)
		return true;
	*(void **)&digest = module_symbol(MAC_MODULE, MAC_SYMBOL, &problem);
	f->digested = digest && read_key(f->dir, key) == 0 &&
	              digest(key, parts, 3, f->now.digest) == 0;
	explicit_bzero(key, sizeof(key));
	return f->digested;
}

static void close_keeping_errno(int *fd)
{
	int saved = errno;

	(void)close(*fd);
	*fd = -1;
	errno = saved;
}

static int open_user_file(struct badpasswords *f, const char *user)
{
	struct stat st;
	char file[4];
	ssize_t n = -1;

	(void)snprintf(file, sizeof(file), "%03x",
	               (unsigned int)(digest_of(user, strlen(user)) %
	                              BADPASSWORDS_FILES));
	f->fd = statefile_open(f->dir, file, &st);
	if (f->fd < 0)
		return -1;
	/* What a new or cut file lacks stays zero. */
	if (lock_for_login(f->fd) == 0)
		n = pread(f->fd, f->entries, sizeof(f->entries), 0);
	if (n < 0) {
		close_keeping_errno(&f->fd);
		return -1;
	}
	f->empty = n == 0;
	f->now.when = deadline_now();
	f->stamp = read_stamp();
	return 0;
}

int badpasswords_open(struct badpasswords *f, const char *run_dir,
                      const char *user, const char *password)
{
	memset(f, 0, sizeof(*f));
	f->fd = -1;
	f->user = user;
	f->password = password;
	errno = ENOENT;
	f->dir = run_dir ? open_failures(run_dir) : -1;
	if (f->dir < 0)
		return -1;
	if (open_user_file(f, user) == 0)
		return 0;
	close_keeping_errno(&f->dir);
	return -1;
}

/* Returns the entry's age.  A time in the future is from an earlier boot. */
static deadline_t entry_age(const struct badpasswords *f, size_t i)
{
	const deadline_t when = f->entries[i].when;

	return when >= 0 && when <= f->now.when ? f->now.when - when
	                                        : DEADLINE_NEVER;
}

bool badpasswords_has(struct badpasswords *f)
{
	size_t i;

	for (i = 0; f->fd >= 0 && i < BADPASSWORDS_EACH; i++)
		if (f->entries[i].when > 0 &&
		    entry_age(f, i) <= BADPASSWORDS_SECONDS * 1000LL &&
		    make_digest(f) &&
		    memcmp(f->entries[i].digest, f->now.digest, MAC_DIGEST) ==
		            0)
			return true;
	return false;
}

void badpasswords_add(struct badpasswords *f)
{
	size_t i, at = 0;

	if (f->fd < 0 || !make_digest(f))
		return;
	f->now.when = deadline_now(); /* PAM took some time */
	for (i = 1; i < BADPASSWORDS_EACH; i++)
		if (entry_age(f, i) > entry_age(f, at))
			at = i;
	f->entries[at] = f->now;
	f->empty = false;
	/* If this fails, PAM is asked once more. */
	if (pwrite(f->fd, &f->entries[at], sizeof(f->now),
	           (off_t)(at * sizeof(f->now))) < 0)
		return;
}

void badpasswords_forget(struct badpasswords *f)
{
	if (f->fd >= 0 && !f->empty && ftruncate(f->fd, 0) < 0)
		return; /* the entries expire */
}

void badpasswords_close(struct badpasswords *f)
{
	if (f->fd < 0)
		return;
	/* A PAM module's child may still have the file open. */
	unlock_file(f->fd);
	(void)close(f->fd);
	(void)close(f->dir);
	f->fd = f->dir = -1;
}
