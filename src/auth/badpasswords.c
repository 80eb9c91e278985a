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
#define OTHERS   (S_IRWXG | S_IRWXO)

static struct badpasswords_stamp take_stamp(void)
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

/* The directory, which is made if the one above it lets us. */
static int open_directory(const char *run_dir)
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
	    !(st.st_mode & OTHERS))
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

static int lock(int fd)
{
	return lock_file(fd, LOCK_EXCLUSIVE, deadline_in(BADPASSWORDS_WAIT));
}

static bool has_key(int fd, uint8_t key[static MAC_KEY])
{
	return pread(fd, key, MAC_KEY, 0) == MAC_KEY;
}

/* Reads the key, which is made by who comes first, or if it was cut short. */
static int read_key(int dir, uint8_t key[static MAC_KEY])
{
	int fd, ret = -1;
	struct stat st;

	fd = statefile_open(dir, KEY_FILE, &st);
	if (fd < 0)
		return -1;
	if (has_key(fd, key)) {
		ret = 0;
	} else if (lock(fd) == 0) {
		if (has_key(fd, key) ||
		    (getrandom(key, MAC_KEY, 0) == MAC_KEY &&
		     pwrite(fd, key, MAC_KEY, 0) == MAC_KEY))
			ret = 0;
		unlock_file(fd);
	}
	(void)close(fd);
	return ret;
}

/* The password's digest, once it is needed.  Returns whether it is there. */
static bool has_digest(struct badpasswords *f)
{
	/* With its NUL, so that no other parts make the same octets. */
	const struct mac_part parts[] = {
		{f->user, strlen(f->user) + 1},
		{&f->stamp, sizeof(f->stamp)},
		{f->password, strlen(f->password)},
	};
	uint8_t key[MAC_KEY];
	mac_digest_fn *digest;
	const char *why;

	if (f->digested)
		return true;
	*(void **)&digest = module_symbol(MAC_MODULE, MAC_SYMBOL, &why);
	f->digested = digest && read_key(f->dir, key) == 0 &&
	              digest(key, parts, 3, f->now.digest) == 0;
	explicit_bzero(key, sizeof(key));
	return f->digested;
}

/* Closes it, but leaves errno. */
static void give_up(int *fd)
{
	int saved = errno;

	(void)close(*fd);
	*fd = -1;
	errno = saved;
}

static const char *open_in(struct badpasswords *f, const char *user)
{
	struct stat st;
	char file[4];
	ssize_t n = -1;

	(void)snprintf(file, sizeof(file), "%03x",
	               (unsigned int)(digest_of(user, strlen(user)) %
	                              BADPASSWORDS_FILES));
	f->fd = statefile_open(f->dir, file, &st);
	if (f->fd < 0)
		return "file";
	/* A file that is new, or was cut short, has zeros from there on. */
	if (lock(f->fd) == 0)
		n = pread(f->fd, f->entries, sizeof(f->entries), 0);
	if (n < 0) {
		give_up(&f->fd);
		return "file";
	}
	f->empty = n == 0;
	f->now.when = deadline_now();
	f->stamp = take_stamp();
	return NULL;
}

const char *badpasswords_open(struct badpasswords *f, const char *run_dir,
                              const char *user, const char *password)
{
	const char *why;

	memset(f, 0, sizeof(*f));
	f->fd = -1;
	f->user = user;
	f->password = password;
	errno = ENOENT;
	f->dir = run_dir ? open_directory(run_dir) : -1;
	if (f->dir < 0)
		return "directory";
	why = open_in(f, user);
	if (why)
		give_up(&f->dir);
	return why;
}

/* Since when it is there.  What is of the future is not of this boot. */
static deadline_t age(const struct badpasswords *f, size_t i)
{
	const deadline_t when = f->entries[i].when;

	return when >= 0 && when <= f->now.when ? f->now.when - when
	                                        : DEADLINE_NEVER;
}

static bool is_same(const struct badpasswords *f, size_t i)
{
	return memcmp(f->entries[i].digest, f->now.digest, MAC_DIGEST) == 0;
}

bool badpasswords_has(struct badpasswords *f)
{
	size_t i;

	for (i = 0; f->fd >= 0 && i < BADPASSWORDS_EACH; i++)
		if (f->entries[i].when > 0 &&
		    age(f, i) <= BADPASSWORDS_SECONDS * 1000LL &&
		    has_digest(f) && is_same(f, i))
			return true;
	return false;
}

void badpasswords_add(struct badpasswords *f)
{
	size_t i, at = 0;

	if (f->fd < 0 || !has_digest(f))
		return;
	f->now.when = deadline_now(); /* PAM has taken its time */
	for (i = 1; i < BADPASSWORDS_EACH; i++)
		if (age(f, i) > age(f, at))
			at = i;
	f->entries[at] = f->now;
	f->empty = false;
	/* If that fails, PAM is asked once more. */
	if (pwrite(f->fd, &f->entries[at], sizeof(f->now),
	           (off_t)(at * sizeof(f->now))) < 0)
		return;
}

void badpasswords_forget(struct badpasswords *f)
{
	if (f->fd >= 0 && !f->empty && ftruncate(f->fd, 0) < 0)
		return; /* they go in time */
}

void badpasswords_close(struct badpasswords *f)
{
	if (f->fd < 0)
		return;
	/* A module's child may still have it open. */
	unlock_file(f->fd);
	(void)close(f->fd);
	(void)close(f->dir);
	f->fd = f->dir = -1;
}
