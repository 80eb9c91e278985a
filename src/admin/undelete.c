/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/undelete.h"

#include "admin/copies.h"
#include "admin/restore.h"
#include "admin/since.h"
#include "base/filetime.h"
#include "config/options.h"
#include "update/keptfile.h"
#include "update/recovery.h"

static int64_t present(void)
{
	return filetime_now() / 1000000000;
}

const char *undelete_problem(const struct undelete *u)
{
	const char *problem;
	int64_t since;

	if (!u->words[0])
		return "needs a user";
	problem = options_name_problem(u->words[0]);
	if (problem || !u->since)
		return problem;
	if (u->words[1])
		return "takes --since or unique-ids";
	return since_read(u->since, present(), &since);
}

/* Prints what was done.  Returns the exit status. */
static int print_result(const struct restore *r,
                        const struct restore_result *result)
{
	const struct copies *c = r->copies;

	recovery_log((enum recovery)result->recovery, c->maildrop.path.path, "",
	             "");
	if (result->problem[0]) {
		copies_print(c, result->problem);
		return 1;
	}
	if (result->unknown) {
		(void)fprintf(
			stderr,
			"onepopctl: %s: there is no copy of %.*s: nothing "
			"is restored\n",
			c->account.name, KEPTFILE_ID,
			r->ids[result->unknown - 1]);
		return 1;
	}
	(void)printf("%s: messages restored: %" PRIu32
	             ", there already: %" PRIu32,
	             c->account.name, result->restored, result->there);
	if (result->damaged)
		(void)printf(", damaged copies: %" PRIu32, result->damaged);
	(void)printf("\n");
	return result->damaged ? 1 : 0;
}

static size_t count_ids(char *const *ids)
{
	size_t n = 0;

	while (ids[n])
		n++;
	return n;
}

static int restore_copies(struct copies *c, const struct undelete *u)
{
	struct restore r = {.copies = c, .ids = u->words + 1};
	struct restore_result result;

	if (u->since)
		(void)since_read(u->since, present(), &r.since);
	if (copies_work(c, restore_as_user, &r) < 0)
		return 1;
	if (restore_read(c, &result) == 0 && result.unknown <= count_ids(r.ids))
		return print_result(&r, &result);
	copies_print(c, "the work was spoiled; fix: run this once more");
	return 1;
}

int undelete_run(const struct options *o, const struct undelete *u)
{
	struct copies c;
	int result;

	result = copies_open(&c, o, u->words[0]);
	if (result == 0 && c.file < 0)
		(void)printf("%s: there are no copies of deleted messages\n",
		             c.account.name);
	else if (result == 0)
		result = restore_copies(&c, u);
	copies_close(&c);
	return result;
}
