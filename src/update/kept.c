/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/filetime.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "update/kept.h"
#include "update/keptfile.h"

void kept_init(struct kept *k)
{
	memset(k, 0, sizeof(*k));
	k->fd = -1;
}

void kept_close(struct kept *k)
{
	if (k->fd >= 0)
		(void)close(k->fd);
	k->fd = -1;
}

/* A new file must still be there after a power cut. */
static int prepare_file(int fd, int state_dir, off_t size)
{
	if (size > 0)
		return 0;
	if (fileio_fsync(state_dir) < 0)
		return -1;
	return keptfile_set_end(fd, KEPTFILE_FIRST);
}

void kept_open(struct kept *k, int state_dir, const char *name, off_t most)
{
	char file[NAME_MAX + 1];
	struct stat st;

	k->on = true;
	k->most = most;
	statename_make(file, name, strlen(name), STATENAME_DELETED);
	k->fd = statefile_open(state_dir, file, &st);
	if (k->fd >= 0 && prepare_file(k->fd, state_dir, st.st_size) == 0)
		return;
	k->problem = strerrordesc_np(errno);
	kept_close(k);
}

/* No message of this update gets a copy any more. */
static void give_up(struct kept *k)
{
	k->no_room = strerrordesc_np(errno);
	k->room = 0;
}

static void limit_room(struct kept *k, off_t room, const char *no_room)
{
	if (room >= k->room)
		return;
	k->room = room > 0 ? room : 0;
	k->no_room = no_room;
}

/* Leaves a part of the disk to others.  Returns 0, or -1 with errno. */
static int limit_disk(struct kept *k)
{
	struct statfs fs;
	fsblkcnt_t used, most;

	if (fileio_fstatfs(k->fd, &fs) < 0)
		return -1;
	if (fs.f_blocks == 0)
		return 0; /* it has no size */
	/* As df(1) counts, without what is reserved for root. */
	used = fs.f_blocks - fs.f_bfree;
	most = (used + fs.f_bavail) * KEPT_FULL / 100;
	limit_room(k, most > used ? (off_t)(most - used) * fs.f_bsize : 0,
	           "the disk of the state is 90 % full");
	return 0;
}

/* Finds the end, and cuts off what is torn.  Returns 0, or -1 with errno. */
static int find_end(struct kept *k)
{
	struct stat st;

	if (fileio_fstat(k->fd, &st) < 0)
		return -1;
	k->end = keptfile_find_end(k->fd, st.st_size);
	if (k->end < 0)
		return -1;
	return k->end < st.st_size ? fileio_ftruncate(k->fd, k->end) : 0;
}

void kept_begin(struct kept *k)
{
	k->copied = k->missed = 0;
	k->time = filetime_now() / 1000000000;
	if (k->fd < 0)
		return; /* kept_open has set the problem */
	k->room = k->most;
	k->no_room = k->problem = NULL;
	if (find_end(k) < 0) {
		give_up(k);
		return;
	}
	k->start = k->end;
	limit_room(k, k->most - k->end, "the file is full");
	if (limit_disk(k) < 0)
		give_up(k);
}

static void miss(struct kept *k, uint32_t messages, const char *problem)
{
	k->missed += messages;
	if (!k->problem)
		k->problem = problem;
}

void kept_add(struct kept *k, int mailbox, const struct range *message,
              const char *id)
{
	const struct keptfile_source from = {
		.fd = mailbox, .message = *message, .time = k->time, .id = id};
	const off_t octets = keptfile_octets(&from);

	if (k->fd < 0 || octets > k->room) {
		miss(k, 1, k->no_room);
	} else if (keptfile_append(k->fd, &from, &k->end) < 0) {
		give_up(k);
		miss(k, 1, k->no_room);
		(void)fileio_ftruncate(k->fd, k->end);
	} else {
		k->room -= octets;
		k->copied++;
	}
}

/* Takes this update's copies back. */
static void drop_copies(struct kept *k)
{
	miss(k, k->copied, strerrordesc_np(errno));
	k->copied = 0;
	(void)fileio_ftruncate(k->fd, k->start);
}

void kept_end(struct kept *k)
{
	if (k->copied == 0)
		return;
	if (fileio_fdatasync(k->fd) < 0)
		drop_copies(k);
	else
		(void)keptfile_set_end(k->fd, k->end);
}
