/* SPDX-License-Identifier: ISC */
/*
 * Whole sessions, from the greeting to the end, with the real mailbox, journal
 * and index; only the connection, the clock, PAM and the sandbox are the
 * target's.
 *
 * Input, in parts that end at 0xfd: the client's octets; the mailbox; the
 * octets of the next session's client.  The password is "secret".  Among a
 * client's octets, 0xfe is a pause, and 0xff with a letter an event: see
 * happen().
 *
 * Wraps: recv send poll getsockopt shutdown renameat fsync getrandom
 * Wraps: clock_gettime auth_login privileges_switch sandbox_mail
 * Wraps: maildrop_scan maildrop_update
 * Wraps: deadline_now deadline_in deadline_left deadline_sleep_until
 */
#include "fuzz.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "auth/auth.h"
#include "fakeclock.h"
#include "files.h"
#include "maildrop/mbox.h"
#include "pop3/pop3.h"
#include "reference.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

#define CONNECTION 1000 /* no real descriptor */
#define PART_END   '\xfd'
#define PAUSE      0xfe
#define EVENT      0xff

static struct session session;
static struct options options;
static char pattern[128], state_dir[128];
static int mailbox;

/* The client */
static struct fuzz_input script;
static bool times_out, gone, slow, blocked;
static struct {
	char s[8 << 20];
	size_t n;
} sent;

/* The mailbox, as the index has it */
static struct files_text listed, after;
static struct files_text before, want; /* without and with the update */
static struct reference found;
static bool entered;
static bool pending;  /* an update has failed: recovery is due */
static bool tampered; /* another program did more than add mail */
static time_t skew;   /* of the clock that may be set */
static uint64_t random_seed;

static void add_mail(void)
{
	static const char mail[] = "From d@e Sat Jan  4 03:04:05 2020\n"
				   "Subject: more\n\nthat came meanwhile\n\n";
	struct stat st;

	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	if (st.st_size > 1 << 16)
		return;
	FUZZ_CHECK(pwrite(mailbox, mail, sizeof(mail) - 1, st.st_size) ==
	           sizeof(mail) - 1);
	/* It is kept either way. */
	files_append(&before, mail, sizeof(mail) - 1);
	files_append(&want, mail, sizeof(mail) - 1);
}

static void cut_mailbox(unsigned int part)
{
	struct stat st;

	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	FUZZ_CHECK(ftruncate(mailbox, st.st_size * part / 256) == 0);
	tampered = true;
}

static void change_mailbox(unsigned int at, uint8_t octet)
{
	struct stat st;

	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	if (st.st_size > 0)
		FUZZ_CHECK(pwrite(mailbox, &octet, 1, at % st.st_size) == 1);
	tampered = true;
}

/* Lets an event happen while the client waits. */
static void happen(struct fuzz_input *in)
{
	switch (fuzz_octet(in)) {
	case 'a':
		add_mail();
		break;
	case 'b':
		files_busy = !files_busy;
		break;
	case 'c':
		cut_mailbox(fuzz_octet(in));
		break;
	case 'f':
		files_fail = 1 + fuzz_octet(in);
		break;
	case 'g':
		gone = true;
		break;
	case 'o':
		skew = skew ? 0 : 3600;
		break;
	case 's':
		slow = !slow;
		break;
	case 't':
		times_out = true;
		break;
	case 'x':
		change_mailbox((unsigned int)fuzz_number(in, 2),
		               fuzz_octet(in));
		break;
	default:
		break;
	}
}

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n);
int __wrap_shutdown(int fd, int how);

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
	size_t k;

	FUZZ_CHECK(fd == CONNECTION && flags & MSG_DONTWAIT && n > 0);
	while (script.n > 0 && *script.p == EVENT && !times_out) {
		(void)fuzz_octet(&script);
		happen(&script);
	}
	if (times_out || (script.n > 0 && *script.p == PAUSE)) {
		if (!times_out)
			(void)fuzz_octet(&script);
		errno = EAGAIN;
		return -1;
	}
	for (k = 0; k < n && k < script.n && script.p[k] < PAUSE; k++)
		;
	memcpy(buf, script.p, k);
	script.p += k;
	script.n -= k;
	return (ssize_t)k;
}

ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags)
{
	FUZZ_CHECK(fd == CONNECTION && n > 0);
	FUZZ_CHECK((flags & MSG_DONTWAIT) && (flags & MSG_NOSIGNAL));
	if (gone) {
		errno = EPIPE;
		return -1;
	}
	blocked = slow && !blocked;
	if (blocked) {
		errno = EAGAIN;
		return -1;
	}
	if (slow && n > 70)
		n = 70;
	FUZZ_CHECK(n <= sizeof(sent.s) - sent.n);
	memcpy(sent.s + sent.n, buf, n);
	sent.n += n;
	return (ssize_t)n;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	FUZZ_CHECK(n == 1 && p->fd == CONNECTION);
	p->revents = p->events;
	if (!times_out || p->events != POLLIN)
		return 1;
	FUZZ_CHECK(timeout >= 0);
	fake_now += timeout;
	times_out = false;
	return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	(void)level;
	(void)name;
	(void)value;
	(void)n;
	FUZZ_CHECK(fd == CONNECTION);
	return 0;
}

int __wrap_shutdown(int fd, int how)
{
	FUZZ_CHECK(fd == CONNECTION && how == SHUT_WR);
	return 0;
}

/* The system, which does not wait, keeps its size, and is deterministic. */
int __wrap_renameat(int from, const char *old, int to, const char *name);
int __wrap_fsync(int fd);
ssize_t __wrap_getrandom(void *buf, size_t n, unsigned int flags);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __real_clock_gettime(clockid_t clock, struct timespec *t);

int __wrap_renameat(int from, const char *old, int to, const char *name)
{
	(void)to;
	(void)name;
	return unlinkat(from, old, 0);
}

int __wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

ssize_t __wrap_getrandom(void *buf, size_t n, unsigned int flags)
{
	uint8_t *p = buf;
	size_t i;

	(void)flags;
	for (i = 0; i < n; i++)
		p[i] = (uint8_t)fuzz_random(&random_seed);
	return (ssize_t)n;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	int done = __real_clock_gettime(clock, t);

	t->tv_sec += skew;
	return done;
}

enum auth_result __wrap_auth_login(const struct auth_setup *setup,
                                   const char *user, const char *password,
                                   struct account *ret,
                                   struct auth_failure *failure);
const char *__wrap_privileges_switch(uid_t uid, gid_t gid, const char *root);
const char *__wrap_sandbox_mail(const struct options *o,
                                const struct sandbox_files *files);

enum auth_result __wrap_auth_login(const struct auth_setup *setup,
                                   const char *user, const char *password,
                                   struct account *ret,
                                   struct auth_failure *failure)
{
	(void)setup;
	*failure = (struct auth_failure){.reason = "auth"};
	*ret = (struct account){.name = "", .uid = geteuid()};
	if (username_is_valid(user) && strcmp(password, "secret") == 0) {
		(void)snprintf(ret->name, sizeof(ret->name), "%s", user);
		(void)snprintf(ret->login, sizeof(ret->login), "%s", user);
		return AUTH_OK;
	}
	if (strcmp(password, "down") == 0) {
		failure->detail = "it is down";
		return AUTH_UNAVAILABLE;
	}
	return AUTH_DENIED;
}

const char *__wrap_privileges_switch(uid_t uid, gid_t gid, const char *root)
{
	(void)gid;
	FUZZ_CHECK(uid == geteuid() && !root);
	return NULL;
}

const char *__wrap_sandbox_mail(const struct options *o,
                                const struct sandbox_files *files)
{
	FUZZ_CHECK(o == &options && files->n == 3 && files->mailbox &&
	           files->journal && files->index);
	return NULL;
}

enum maildrop_status __wrap_maildrop_scan(struct maildrop *d);
enum maildrop_status __real_maildrop_scan(struct maildrop *d);
enum maildrop_status __wrap_maildrop_update(struct maildrop *d);
enum maildrop_status __real_maildrop_update(struct maildrop *d);

/* Has each message another unique-id? */
static void check_ids(struct maildrop *d)
{
	char id[64][UIDL_SIZE];
	struct maildrop_message m;
	uint32_t i, k;

	for (i = 0; i < d->count && i < 64; i++) {
		if (maildrop_message(d, i + 1, &m) != MAILDROP_OK)
			return;
		*uidl_text(m.listed.uidl, m.listed.duplicate, id[i]) = '\0';
		for (k = 0; k < i; k++)
			FUZZ_CHECK(strcmp(id[i], id[k]) != 0);
	}
}

/* Does the index have the messages that are in the mailbox? */
static void check_listed(struct maildrop *d)
{
	uint32_t hidden = found.messages > 0 && found.message[0].internal, i;
	const struct mbox_message *w;
	struct maildrop_message found_again;
	const struct mbox_message *m = &found_again.listed;
	int64_t octets = 0;

	FUZZ_CHECK(!found.not_mbox);
	FUZZ_CHECK(d->count == found.messages - hidden);
	for (i = 0; i < d->count; i++) {
		w = &found.message[i + hidden];
		octets += w->octets;
		if (maildrop_message(d, i + 1, &found_again) != MAILDROP_OK) {
			FUZZ_CHECK(files_failed);
			return;
		}
		FUZZ_CHECK(m->start == w->start && m->text == w->text);
		FUZZ_CHECK(m->body == w->body && m->end == w->end);
		FUZZ_CHECK(m->octets == w->octets && m->digest == w->digest);
		FUZZ_CHECK(m->uidl.high == w->uidl.high);
		FUZZ_CHECK(m->uidl.low == w->uidl.low);
	}
	FUZZ_CHECK(d->octets == octets);
}

enum maildrop_status __wrap_maildrop_scan(struct maildrop *d)
{
	enum maildrop_status status = __real_maildrop_scan(d);

	files_read(mailbox, &listed);
	reference_scan(&found, listed.s, listed.n);
	if (status != MAILDROP_OK) {
		FUZZ_CHECK(found.not_mbox || files_failed || files_busy ||
		           tampered);
		return status;
	}
	entered = true;
	if (pending && !tampered)
		FUZZ_CHECK(files_same(&listed, &before) ||
		           files_same(&listed, &want));
	pending = false;
	if (!tampered)
		check_listed(d);
	check_ids(d);
	return status;
}

static bool is_gone(const struct maildrop *d, size_t i)
{
	return d->deleted[i / 8] >> i % 8 & 1;
}

/* Makes the mailbox without the messages marked as deleted. */
static void expect(const struct maildrop *d)
{
	size_t n = mbox_count(d->mbox), i, at = 0, start, end;
	int64_t octets = d->octets;

	n = n < found.messages ? n : found.messages;
	want.n = 0;
	for (i = 0; i < n; i++) {
		start = (size_t)found.message[i].start;
		if (!is_gone(d, i)) {
			if (!found.message[i].internal)
				octets -= found.message[i].octets;
			continue;
		}
		while (i + 1 < n && is_gone(d, i + 1))
			i++;
		end = i + 1 < found.messages
		              ? (size_t)found.message[i + 1].start
		              : listed.n;
		if (end < before.n)
			end -= reference_kept_blank(before.s, start, end);
		memcpy(want.s + want.n, before.s + at, start - at);
		want.n += start - at;
		at = end;
	}
	FUZZ_CHECK(octets == 0);
	if (at < before.n) {
		memcpy(want.s + want.n, before.s + at, before.n - at);
		want.n += before.n - at;
	}
}

enum maildrop_status __wrap_maildrop_update(struct maildrop *d)
{
	bool stale = tampered;
	enum maildrop_status status;

	files_read(mailbox, &before);
	if (!stale)
		expect(d);
	status = __real_maildrop_update(d);
	files_read(mailbox, &after);
	if (status != MAILDROP_OK && !files_failed)
		FUZZ_CHECK(files_same(&after, &before));
	if (stale)
		return status;
	if (status == MAILDROP_OK)
		FUZZ_CHECK(files_same(&after, &want));
	else if (files_failed)
		pending = true;
	else
		FUZZ_CHECK(files_busy || d->recovery == RECOVERY_FOREIGN);
	return status;
}

/* Is there a message that RETR sends like this? */
static bool is_message(const char *text, size_t n, int64_t octets)
{
	const struct mbox_message *m;
	int64_t have;
	bool same = false;
	size_t i, put;
	char *out;

	for (i = 0; i < found.messages && !same; i++) {
		m = &found.message[i];
		out = malloc((size_t)(m->end - m->text) * 3 + 8);
		FUZZ_CHECK(out);
		put = reference_encode(listed.s + m->text,
		                       (size_t)(m->end - m->text), UINT64_MAX,
		                       out, &have);
		same = have == octets && put == n && memcmp(out, text, n) == 0;
		free(out);
	}
	return same;
}

/* Returns the end of a multi-line response, or NULL if it is cut. */
static const char *skip_lines(const char *p, const char *end)
{
	while (p && (end - p < 3 || memcmp(p, ".\r\n", 3) != 0)) {
		p = memmem(p, (size_t)(end - p), "\r\n", 2);
		p = p ? p + 2 : NULL;
	}
	return p ? p + 3 : NULL;
}

/* Does the command have a multi-line response? */
static bool has_lines(const char *line, size_t n)
{
	static const char *const endings[] = {" follow", " follows", " octets"};
	const char *at = memmem(line, n, " messages (", 11);
	size_t i, k;

	for (i = 0; i < 3; i++) {
		k = strlen(endings[i]);
		if (n > k && memcmp(line + n - k, endings[i], k) == 0)
			return true;
	}
	return at && line[n - 1] == ')' && n > 4 && line[4] >= '0' &&
	       line[4] <= '9';
}

/* Returns the octets as LIST counts them: no end mark, no doubled dots. */
static intmax_t count_octets(const char *text, size_t n)
{
	intmax_t octets = (intmax_t)n - 3;
	size_t i;

	for (i = 0; i + 3 < n; i++)
		if (text[i] == '.' && (i == 0 || text[i - 1] == '\n'))
			octets--;
	return octets;
}

/* Does a message have the octets promised, and is it in the mailbox? */
static void check_message(const char *first, const char *text, size_t n,
                          bool undisturbed)
{
	intmax_t octets;
	char unit;

	if (sscanf(first, "+OK %jd %c", &octets, &unit) != 2 || unit != 'o')
		return;
	FUZZ_CHECK(count_octets(text, n) == octets);
	if (undisturbed)
		FUZZ_CHECK(is_message(text, n, octets));
}

/*
 * Checks that all octets sent are responses of the right form.  The last one
 * may lack its end if something was wrong.
 */
static void check_sent(bool undisturbed)
{
	const char *p = sent.s, *end = sent.s + sent.n, *eol, *next;
	char first[600];

	for (; p < end; p = next) {
		eol = memmem(p, (size_t)(end - p), "\r\n", 2);
		if (!eol && gone)
			return;
		FUZZ_CHECK(eol && eol - p <= 510);
		memcpy(first, p, (size_t)(eol - p));
		first[eol - p] = '\0';
		FUZZ_CHECK(strncmp(first, "+OK ", 4) == 0 ||
		           strncmp(first, "-ERR ", 5) == 0 ||
		           strncmp(first, "+ ", 2) == 0);
		next = eol + 2;
		if (first[1] != 'O' || !has_lines(p, (size_t)(eol - p)))
			continue;
		next = skip_lines(next, end);
		FUZZ_CHECK(next || !undisturbed);
		if (!next)
			return;
		check_message(first, eol + 2, (size_t)(next - eol) - 2,
		              undisturbed);
	}
}

/* Allows only the exit statuses that a client can cause. */
static void check_status(int status)
{
	FUZZ_CHECK(status == EX_OK || (status == EX_UNAVAILABLE && !entered));
}

static void serve(struct fuzz_input text)
{
	script = text;
	times_out = gone = slow = blocked = entered = false;
	files_reset();
	sent.n = 0;
	memset(&session, 0, sizeof(session));
	session.options = &options;
	session.started = fake_now;
	session.client = (struct client){.rip = "192.0.2.1", .lip = "local"};
	stream_init(&session.stream, CONNECTION, CONNECTION,
	            options.idle_timeout);
	check_status(pop3_serve(&session));
	FUZZ_CHECK(session.state == CLOSED || session.state == UPDATE);
	check_sent(!gone && !tampered && !files_failed);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	files_init();
	files_make_directory();
	(void)snprintf(pattern, sizeof(pattern), "%s/mailbox", files_directory);
	(void)snprintf(state_dir, sizeof(state_dir), "%s", files_directory);
	files_write("mailbox", "", 0);
	mailbox = open(pattern, O_RDWR | O_CLOEXEC);
	FUZZ_CHECK(mailbox >= 0);
	options = (struct options){
		.mailbox = pattern,
		.state_dir = state_dir,
		.lock_timeout = 1,
		.idle_timeout = 600,
		.login_timeout = 60,
		.max_failures = 3,
		.expire = "never",
	};
	return 0;
}

/* Removes the journal and the index of the input before. */
static void forget_state(void)
{
	char name[300];
	struct mailpath path;

	FUZZ_CHECK(!mailpath_fill(&path, pattern, "u", "/"));
	(void)snprintf(name, sizeof(name), "%s.journal", path.state);
	files_write(name, "", 0);
	(void)snprintf(name, sizeof(name), "%s.index", path.state);
	files_write(name, "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mail[] = "From a@b Thu Jan  2 03:04:05 2020\n"
				      "From: a\nSubject: 1\n\none\n.\n..\n\n"
				      "From b@c Fri Jan  3 03:04:05 2020\n"
				      "Subject: 2\nStatus: RO\n\n\ntwo\r\n\n";
	static const uint8_t quit[] = "USER a\r\nPASS secret\r\nQUIT\r\n";
	const struct fuzz_input last = {quit, sizeof(quit) - 1};
	struct fuzz_input in = {data, size};
	struct fuzz_input first = fuzz_part(&in, PART_END);
	struct fuzz_input text = fuzz_part(&in, PART_END);

	forget_state();
	if (text.n == 0)
		text = (struct fuzz_input){mail, sizeof(mail) - 1};
	fuzz_fill(mailbox, text.p, text.n);
	tampered = pending = false;
	before.n = want.n = 0;
	skew = 0;
	random_seed = size;
	fake_now = 1000000;
	serve(first);
	serve(in);
	if (pending)
		serve(last);
	return 0;
}
