/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/fileio.h"
#include "update/space.h"

#define BCACHEFS_MAGIC 0xca451a4eU
#define ZFS_MAGIC      0x2fc12fc1U
#define EXTRA          (1 << 20) /* octets for such a file system's own needs */
#define EXTENTS        64        /* asked for at once */

/* An extent with one of these may need space when it is overwritten. */
#define NEEDS_SPACE                                                            \
	(FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC |                      \
	 FIEMAP_EXTENT_ENCODED | FIEMAP_EXTENT_UNWRITTEN |                     \
	 FIEMAP_EXTENT_SHARED)

/* Does the file system write what is overwritten to another place? */
static bool copies_on_write(int fd)
{
	struct statfs fs;

	if (fileio_fstatfs(fd, &fs) < 0)
		return true;
	return (uint32_t)fs.f_type == BTRFS_SUPER_MAGIC ||
	       (uint32_t)fs.f_type == BCACHEFS_MAGIC ||
	       (uint32_t)fs.f_type == ZFS_MAGIC;
}

/* Returns how far from at on the extents are blocks of this file alone. */
static off_t end_of_owned(const struct fiemap *map, off_t at)
{
	const struct fiemap_extent *e = map->fm_extents;
	uint32_t i;

	for (i = 0; i < map->fm_mapped_extents; i++) {
		if (e[i].fe_flags & NEEDS_SPACE || (off_t)e[i].fe_logical > at)
			break;
		at = (off_t)(e[i].fe_logical + e[i].fe_length);
	}
	return at;
}

/* Are all blocks allocated, and none shared with another file? */
static bool is_owned(int fd, off_t at, off_t end)
{
	union {
		struct fiemap map;
		char octets[sizeof(struct fiemap) +
		            EXTENTS * sizeof(struct fiemap_extent)];
	} u;
	off_t next;

	for (; at < end; at = next) {
		memset(&u.map, 0, sizeof(u.map));
		u.map.fm_start = (uint64_t)at;
		u.map.fm_length = (uint64_t)(end - at);
		u.map.fm_flags = FIEMAP_FLAG_SYNC;
		u.map.fm_extent_count = EXTENTS;
		if (fileio_fiemap(fd, &u.map) < 0)
			return false;
		next = end_of_owned(&u.map, at);
		if (next == at)
			return false;
	}
	return true;
}

/*
 * Returns 0, too, if the file system cannot allocate; or -1 with errno.  Some
 * file systems fail for want of space even if none is needed.
 */
static int try_allocate(int fd, int mode, off_t at, off_t n)
{
	if (fileio_fallocate(fd, FALLOC_FL_KEEP_SIZE | mode, at, n) == 0 ||
	    errno == EOPNOTSUPP)
		return 0;
	return -1;
}

int space_make(int fd, off_t at, off_t n, off_t size)
{
	int done, saved;

	if (!copies_on_write(fd)) {
		if (try_allocate(fd, FALLOC_FL_UNSHARE_RANGE, at, n) == 0 &&
		    try_allocate(fd, 0, at, n) == 0)
			return 0;
		saved = errno;
		done = is_owned(fd, at, at + n) ? 0 : -1;
		errno = saved;
		return done;
	}
	if (try_allocate(fd, 0, size, 2 * n + EXTRA) == 0)
		return 1;
	saved = errno;
	if (space_give_back(fd, size) == 0)
		errno = saved;
	return -1;
}

int space_give_back(int fd, off_t size)
{
	return fileio_ftruncate(fd, size) < 0 ? -1 : fileio_fsync(fd);
}
