/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check/checktally.h"

#include "admin/report.h"
#include "base/deadline.h"
#include "check/checkpam.h"
#include "config/username.h"

#define NAMED   10   /* users with a line each */
#define RECORDS 1024 /* pam_faillock keeps no more */
#define SECONDS 5    /* for all of them */
#define VALID   1    /* in a record's status */

/* A failure, as pam_faillock keeps it in a file of the user's name. */
struct kept {
	char source[52]; /* the client's address, without a NUL if it is long */
	uint16_t reserved;
	uint16_t status;
	uint64_t time;
};

/* The failures of a user that count. */
struct tally {
	unsigned int failures;
	uint64_t latest;
	char source[53];
};

static size_t read_records(int dir, const char *user, struct kept *ret)
{
	ssize_t n;
	int fd;

	fd = openat(dir, user, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, ret, RECORDS * sizeof(*ret));
	(void)close(fd);
	return n > 0 ? (size_t)n / sizeof(*ret) : 0;
}

/* As pam_faillock counts: those within its interval before the latest. */
static void count_failures(int dir, const char *user,
                           const struct checkpam_faillock *faillock,
                           struct tally *ret)
{
	static struct kept records[RECORDS];
	const size_t n = read_records(dir, user, records);
	const struct kept *r;

	memset(ret, 0, sizeof(*ret));
	for (r = records; r < records + n; r++)
		if (r->status & VALID && r->time > ret->latest) {
			ret->latest = r->time;
			memcpy(ret->source, r->source, sizeof(r->source));
		}
	for (r = records; r < records + n; r++)
		ret->failures += r->status & VALID &&
		                 ret->latest - r->time < faillock->interval;
}

static bool is_blocked(const struct tally *t,
                       const struct checkpam_faillock *faillock, uint64_t now)
{
	return faillock->deny > 0 && t->failures >= faillock->deny &&
	       (faillock->unlock == 0 || t->latest + faillock->unlock >= now);
}

static void report_blocked(const struct report *r, const char *user,
                           const struct tally *t,
                           const struct checkpam_faillock *faillock,
                           uint64_t now)
{
	char left[64] = "until that is done";

	if (faillock->unlock > 0)
		(void)snprintf(left, sizeof(left),
		               "for %" PRIu64 " seconds more",
		               t->latest + faillock->unlock - now);
	report_say(r, REPORT_WARNING,
	           "guessing: %s is blocked %s: %u failed logins, the last "
	           "from %s; fix: faillock --dir %s --user %s --reset",
	           user, left, t->failures, *t->source ? t->source : "?",
	           faillock->dir, user);
}

void checktally_users(const struct report *r,
                      const struct checkpam_faillock *faillock,
                      const char *user)
{
	const deadline_t until = deadline_in(SECONDS);
	const uint64_t now = (uint64_t)time(NULL);
	const struct dirent *entry;
	unsigned int blocked = 0;
	struct tally t;
	DIR *dir;

	dir = opendir(faillock->dir);
	if (!dir) {
		if (errno == EACCES)
			report_say(r, REPORT_UNSEEN,
			           "guessing: who is blocked, in %s",
			           faillock->dir);
		return;
	}
	while ((entry = readdir(dir)) && deadline_left(until) > 0) {
		if (!username_is_valid(entry->d_name))
			continue;
		count_failures(dirfd(dir), entry->d_name, faillock, &t);
		if (is_blocked(&t, faillock, now) &&
		    (++blocked <= NAMED ||
		     (user && strcmp(user, entry->d_name) == 0)))
			report_blocked(r, entry->d_name, &t, faillock, now);
	}
	(void)closedir(dir);
	report_say(r, REPORT_OK, "guessing: %u users are blocked now", blocked);
}
