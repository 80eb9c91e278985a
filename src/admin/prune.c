/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/prune.h"

#include "base/deadline.h"
#include "base/fileio.h"
#include "base/filetime.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "config/options.h"
#include "update/journal.h"
#include "update/keptfile.h"

#define DAY 86400 /* seconds */

/* One run of prune_run. */
struct run {
	const struct options *options;
	int dir;        /* the state directory */
	int64_t oldest; /* copies from before that go */
	uint64_t removed, left;
	unsigned int busy, problems;
};

/* A mailbox's file, and the one that replaces it. */
struct file {
	char name[NAME_MAX + 1], new[NAME_MAX + 1];
	int fd;
	off_t size;
	uint64_t old, left; /* copies */
	off_t end;          /* of the last one */
};

static void print_errno(struct run *run, const char *file)
{
	const char *problem = strerrordesc_np(errno);

	if (errno == EBADMSG)
		problem = "it is damaged, and stays as it is; fix: move it "
			  "away";
	(void)fprintf(stderr, "onepopctl: %s/%s: %s\n", run->options->state_dir,
	              file, problem);
	run->problems++;
}

/* Returns 0, or -1 with errno: EBADMSG if there may be more than was found. */
static int count_copies(const struct run *run, struct file *f)
{
	struct keptfile_copy c;
	int found;

	f->end = KEPTFILE_FIRST;
	while ((found = keptfile_next(f->fd, f->size, f->end, &c)) == 1) {
		if (c.time < run->oldest)
			f->old++;
		else
			f->left++;
		f->end = c.message.end;
	}
	/* What is behind the octets that were synced may be torn. */
	if (found == 0 && f->end < keptfile_synced(f->fd, f->size)) {
		errno = EBADMSG;
		return -1;
	}
	return found;
}

/* Copies what stays, unless it is damaged.  Returns 0, or -1 with errno. */
static int copy_young(const struct run *run, const struct file *f, int to,
                      off_t *end)
{
	struct keptfile_copy c = {.message.end = KEPTFILE_FIRST};
	int found = 1, whole;

	while (found == 1 && c.message.end < f->end) {
		found = keptfile_next(f->fd, f->size, c.message.end, &c);
		if (found != 1 || c.time < run->oldest)
			continue;
		whole = keptfile_is_whole(f->fd, &c);
		if (whole < 0 ||
		    (whole == 1 &&
		     keptfile_append(to,
		                     &(struct keptfile_source){f->fd, c.message,
		                                               c.time, c.id},
		                     end) < 0))
			return -1;
	}
	return found < 0 ? -1 : 0;
}

/* Writes what stays to a descriptor of an empty file. */
static int write_young(const struct run *run, const struct file *f, int to)
{
	off_t end = KEPTFILE_FIRST;

	if (fileio_ftruncate(to, 0) < 0 || copy_young(run, f, to, &end) < 0 ||
	    keptfile_set_end(to, end) < 0)
		return -1;
	return fileio_fsync(to);
}

/* Puts a file without the old copies in the place of the file. */
static int replace_file(const struct run *run, const struct file *f)
{
	int to, result, error;
	struct stat st;

	to = statefile_open(run->dir, f->new, &st);
	if (to < 0)
		return -1;
	result = write_young(run, f, to);
	if (result == 0)
		result = renameat(run->dir, f->new, run->dir, f->name);
	error = errno;
	(void)close(to);
	if (result == 0)
		return fileio_fsync(run->dir);
	(void)unlinkat(run->dir, f->new, 0);
	errno = error;
	return -1;
}

/* Returns 0, or -1 with errno. */
static int prune_file(struct run *run, struct file *f)
{
	int result = 0;

	/* A process that was killed left it. */
	(void)unlinkat(run->dir, f->new, 0);
	if (count_copies(run, f) < 0)
		return -1;
	if (f->left == 0)
		result = unlinkat(run->dir, f->name, 0);
	else if (f->old > 0)
		result = replace_file(run, f);
	if (result < 0)
		return -1;
	run->removed += f->old;
	run->left += f->left;
	return f->left == 0 ? fileio_fsync(run->dir) : 0;
}

/* The caller has the mailbox's journal locked: no session writes. */
static void prune_locked(struct run *run, const char *state)
{
	struct file f = {.old = 0};
	struct stat st = {.st_size = 0};

	statename_make(f.name, state, strlen(state), STATENAME_DELETED);
	statename_make(f.new, state, strlen(state), STATENAME_PRUNED);
	f.fd = statefile_open(run->dir, f.name, &st);
	f.size = st.st_size;
	if (f.fd < 0 || prune_file(run, &f) < 0)
		print_errno(run, f.name);
	if (f.fd >= 0)
		(void)close(f.fd);
}

static void prune_mailbox(struct run *run, const char *file, size_t n)
{
	char state[NAME_MAX + 1];
	struct journal j;

	(void)snprintf(state, sizeof(state), "%.*s", (int)n, file);
	if (journal_open(&j, run->dir, state, deadline_now()) < 0) {
		if (errno == EWOULDBLOCK)
			run->busy++;
		else
			print_errno(run, file);
		return;
	}
	prune_locked(run, state);
	journal_close(&j);
}

static void prune_all(struct run *run, DIR *files)
{
	const struct dirent *entry;
	size_t n;

	while ((entry = readdir(files))) {
		n = statename_of(entry->d_name, STATENAME_DELETED);
		if (n > 0)
			prune_mailbox(run, entry->d_name, n);
	}
}

int prune_run(const struct options *o, const char *argument)
{
	struct run run = {.options = o};
	DIR *files = NULL;

	(void)argument;
	if (o->keep_deleted == 0) {
		(void)printf("keep-deleted is 0: nothing is removed; fix: set "
		             "it in " OPTIONS_FILE ", or give "
		             "--keep-deleted DAYS\n");
		return EX_OK;
	}
	run.oldest =
		filetime_now() / 1000000000 - (int64_t)o->keep_deleted * DAY;
	run.dir = statefile_directory(o->state_dir);
	if (run.dir >= 0)
		files = fdopendir(run.dir);
	if (!files) {
		(void)fprintf(stderr, "onepopctl: %s: %s\n", o->state_dir,
		              strerrordesc_np(errno));
		return EX_CONFIG;
	}
	prune_all(&run, files);
	(void)closedir(files);
	(void)printf("copies removed: %" PRIu64 ", left: %" PRIu64, run.removed,
	             run.left);
	if (run.busy)
		(void)printf(", mailboxes in use: %u", run.busy);
	(void)printf("\n");
	return run.problems ? 1 : EX_OK;
}
