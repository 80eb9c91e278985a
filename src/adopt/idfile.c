/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adopt/idfile.h"

#include "adopt/idlist.h"

/* Room is made for so much, and then for twice as much. */
#define FIRST_ROOM  65536 /* octets of a file */
#define FIRST_USERS 64

/* A message's line.  Its texts are parts of it, without a NUL. */
struct columns {
	const char *login, *id, *message_id; /* the last one may be NULL */
	size_t login_n, id_n, message_id_n;
};

void idfile_init(struct idfile *f)
{
	*f = (struct idfile){.n = 0};
}

void idfile_free(struct idfile *f)
{
	free(f->users);
	free(f->text);
	idfile_init(f);
}

/*
 * Splits n octets of a line without its LF.  Returns 1, 0 if it is no message's
 * line, or -1 if it has one column.
 */
static int split_columns(const char *p, size_t n, struct columns *ret)
{
	const char *tab;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n == 0 || *p == '#')
		return 0;
	*ret = (struct columns){.login = p};
	tab = memchr(p, '\t', n);
	if (!tab)
		return -1;
	ret->login_n = (size_t)(tab - p);
	ret->id = tab + 1;
	ret->id_n = n - ret->login_n - 1;
	tab = memchr(ret->id, '\t', ret->id_n);
	if (!tab)
		return 1;
	ret->message_id = tab + 1;
	ret->message_id_n = ret->id_n - (size_t)(ret->message_id - ret->id);
	ret->id_n = (size_t)(tab - ret->id);
	return 1;
}

/*
 * Takes the line at *p, which is moved behind it.  Returns as split_columns
 * does.
 */
static int next_columns(const char **p, const char *end, struct columns *ret)
{
	const char *line = *p, *lf = memchr(line, '\n', (size_t)(end - line));

	*p = lf ? lf + 1 : end;
	return split_columns(line, (size_t)((lf ? lf : end) - line), ret);
}

/* Finds the account.  Returns NULL, or the problem. */
static const char *name_account(char account[static USERNAME_OCTETS + 1],
                                const char *pattern, const struct columns *c)
{
	char login[USERNAME_OCTETS + 1];

	if (c->login_n >= sizeof(login) || memchr(c->login, '\0', c->login_n))
		return "the first column is no login name";
	memcpy(login, c->login, c->login_n);
	login[c->login_n] = '\0';
	if (!username_is_valid(login))
		return "the first column is no login name";
	if (!username_fill(account, pattern, login))
		return "--account makes no name of the login name";
	return NULL;
}

/* Makes room for one more user.  Returns NULL, or the problem. */
static const char *make_room(struct idfile *f)
{
	const size_t room = f->room ? 2 * f->room : FIRST_USERS;
	struct idfile_user *more;

	if (f->n < f->room)
		return NULL;
	more = realloc(f->users, room * sizeof(*more));
	if (!more)
		return strerrordesc_np(errno);
	f->users = more;
	f->room = room;
	return NULL;
}

/*
 * Adds a line at those places to the last user, or to a new one.  Returns NULL,
 * or the problem.
 */
static const char *add_line(struct idfile *f, size_t at, size_t end,
                            const char *account)
{
	const char *problem = make_room(f);
	struct idfile_user *u;

	if (problem)
		return problem;
	u = f->users + f->n;
	if (f->n > 0 && strcmp(u[-1].account, account) == 0) {
		u[-1].end = end;
		return ++u[-1].messages > IDLIST_MOST
		               ? "this user has too many messages"
		               : NULL;
	}
	f->n++;
	*u = (struct idfile_user){
		.at = at, .end = end, .line = f->line, .messages = 1};
	(void)snprintf(u->account, sizeof(u->account), "%s", account);
	return NULL;
}

/* Takes a message's line.  Returns NULL, or the problem. */
static const char *take_line(struct idfile *f, const struct columns *c,
                             size_t end, const char *pattern)
{
	char account[USERNAME_OCTETS + 1];
	const enum headerkey_kind kind =
		c->message_id ? HEADERKEY_MESSAGE_ID : HEADERKEY_NONE;
	const char *problem = name_account(account, pattern, c);

	if (problem)
		return problem;
	if (!idlist_allows(c->id, c->id_n))
		return "the second column is no id of 1 to 70 printable "
		       "characters without a blank";
	if (f->n > 0 && f->kind != kind)
		return "it has another number of columns than the lines "
		       "before";
	f->kind = kind;
	return add_line(f, (size_t)(c->login - f->text), end, account);
}

static int compare_users(const void *a, const void *b)
{
	const struct idfile_user *x = a, *y = b;
	const int order = strcmp(x->account, y->account);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static const char *number_problem(struct idfile *f, const char *problem)
{
	(void)snprintf(f->problem, sizeof(f->problem), "line %zu: %s", f->line,
	               problem);
	return f->problem;
}

/* Sorts the users.  Returns NULL, or the problem. */
static const char *sort_users(struct idfile *f)
{
	size_t i;

	if (f->n == 0)
		return "no line has an id";
	qsort(f->users, f->n, sizeof(*f->users), compare_users);
	for (i = 1; i < f->n; i++) {
		if (strcmp(f->users[i - 1].account, f->users[i].account) != 0)
			continue;
		f->line = f->users[i].line;
		return number_problem(f, "other users' lines stand between "
		                         "this user's");
	}
	return NULL;
}

const char *idfile_take(struct idfile *f, char *text, size_t n,
                        const char *account)
{
	const char *p = text, *const end = p + n, *problem = NULL;
	struct columns c;
	int status;

	f->text = text;
	f->octets = n;
	while (p < end) {
		f->line++;
		status = next_columns(&p, end, &c);
		if (status > 0)
			problem = take_line(f, &c, (size_t)(p - text), account);
		else if (status < 0)
			problem = "it has no tab";
		if (problem)
			return number_problem(f, problem);
	}
	return sort_users(f);
}

/* As read(2), but goes on after signals. */
static ssize_t read_part(int fd, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/*
 * Reads all there is.  Returns the octets for the caller to free, or NULL with
 * errno.
 */
static char *read_whole(int fd, size_t *ret)
{
	size_t room = FIRST_ROOM, n = 0;
	char *text = NULL, *more;
	ssize_t got = 0;

	for (; room <= IDFILE_MOST; room *= 2) {
		more = realloc(text, room);
		if (!more)
			break;
		text = more;
		while (n < room &&
		       (got = read_part(fd, text + n, room - n)) > 0)
			n += (size_t)got;
		*ret = n;
		if (got == 0)
			return text;
		if (got < 0)
			break;
	}
	if (room > IDFILE_MOST)
		errno = EFBIG;
	free(text);
	return NULL;
}

const char *idfile_read(struct idfile *f, int fd, const char *account)
{
	size_t n;
	char *text = read_whole(fd, &n);

	return text ? idfile_take(f, text, n, account) : strerrordesc_np(errno);
}

const struct idfile_user *idfile_find(const struct idfile *f,
                                      const char *account)
{
	size_t from = 0, to = f->n, i;
	int order;

	while (from < to) {
		i = from + (to - from) / 2;
		order = strcmp(f->users[i].account, account);
		if (order == 0)
			return &f->users[i];
		if (order < 0)
			from = i + 1;
		else
			to = i;
	}
	return NULL;
}

/* Returns the key of a Message-ID. */
static struct headerkey make_key(struct headerkey_state *s,
                                 const struct columns *c)
{
	static const char name[] = "Message-ID:";

	headerkey_begin(s, HEADERKEY_MESSAGE_ID);
	(void)headerkey_add(s, name, sizeof(name) - 1);
	(void)headerkey_add(s, c->message_id, c->message_id_n);
	return headerkey_end(s);
}

int idfile_list(const struct idfile *f, const struct idfile_user *u,
                struct idlist *ret)
{
	const char *p = f->text + u->at, *const end = f->text + u->end;
	struct headerkey_state *s = headerkey_new();
	struct headerkey key = {.some = false};
	struct columns c;
	int result = 0;

	idlist_init(ret, "import", f->kind);
	if (!s)
		return -1;
	while (result == 0 && p < end) {
		if (next_columns(&p, end, &c) <= 0)
			continue;
		if (c.message_id)
			key = make_key(s, &c);
		result = idlist_add(ret, c.id, c.id_n, &key);
	}
	headerkey_free(s);
	return result;
}
