/* SPDX-License-Identifier: ISC */
/*
 * The file of onepopctl adopt --from-file: it is refused with a reason, or its
 * users are sorted, and their lists have the messages' lines, each once and in
 * order.  Input: the file.
 */
#include "fuzz.h"

#include "adopt/idfile.h"
#include "adopt/idlist.h"
#include "config/username.h"

/* The next line that is no comment.  Returns whether there is one. */
static bool next_line(struct fuzz_input *in, struct fuzz_input *line)
{
	while (in->n > 0) {
		*line = fuzz_part(in, '\n');
		if (line->n > 0 && line->p[line->n - 1] == '\r')
			line->n--;
		if (line->n > 0 && line->p[0] != '#')
			return true;
	}
	return false;
}

/* Checks a user's list against its lines, from that one on. */
static size_t check_user(const struct idfile *f, const struct idfile_user *u,
                         struct fuzz_input *in)
{
	struct fuzz_input line, login, id;
	struct headerkey_state *s = headerkey_new();
	struct headerkey key;
	struct idlist list;
	size_t i;

	FUZZ_CHECK(s && idfile_list(f, u, &list) == 0);
	FUZZ_CHECK(list.n == u->messages && list.kind == f->kind);
	for (i = 0; i < list.n; i++) {
		FUZZ_CHECK(next_line(in, &line));
		login = fuzz_part(&line, '\t');
		id = fuzz_part(&line, '\t');
		FUZZ_CHECK(strlen(u->account) == login.n &&
		           memcmp(u->account, login.p, login.n) == 0);
		FUZZ_CHECK(idlist_allows((const char *)id.p, id.n));
		FUZZ_CHECK(strlen(idlist_id(&list, i)) == id.n &&
		           memcmp(idlist_id(&list, i), id.p, id.n) == 0);
		headerkey_begin(s, HEADERKEY_MESSAGE_ID);
		(void)headerkey_add(s, "message-id:", 11);
		(void)headerkey_add(s, (const char *)line.p, line.n);
		key = headerkey_end(s);
		FUZZ_CHECK(headerkey_compare(&key, &list.entries[i].key) == 0 ||
		           f->kind == HEADERKEY_NONE);
		FUZZ_CHECK(line.n == 0 || f->kind != HEADERKEY_NONE);
	}
	idlist_free(&list);
	headerkey_free(s);
	return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size}, line;
	size_t messages = 0, lines = 0, i;
	const char *problem;
	struct idfile f;

	idfile_init(&f);
	problem = idfile_take(&f, fuzz_copy(data, size), size, "%u");
	FUZZ_CHECK(!problem || problem[0]);
	while (next_line(&in, &line))
		lines++;
	for (i = 0; !problem && i < f.n; i++) {
		in = (struct fuzz_input){data + f.users[i].at,
		                         f.users[i].end - f.users[i].at};
		FUZZ_CHECK(username_is_valid(f.users[i].account));
		FUZZ_CHECK(i == 0 || strcmp(f.users[i - 1].account,
		                            f.users[i].account) < 0);
		FUZZ_CHECK(idfile_find(&f, f.users[i].account) == &f.users[i]);
		messages += check_user(&f, &f.users[i], &in);
		FUZZ_CHECK(!next_line(&in, &line));
	}
	FUZZ_CHECK(problem || (messages == lines && lines > 0));
	idfile_free(&f);
	return 0;
}
