/*
 * Lines for the administrator, one an event: to standard error where
 * somebody reads it (a terminal, a pipe or a file), else to the journal with
 * fields, else to syslog.  Only the layer that gives up logs, and once.
 *
 *     log_begin(LOG_LOGIN_FAILED);
 *     log_field("rip", "%s", rip);
 *     log_quoted("user", name);
 *     log_end();
 *
 * gives "login failed: rip=192.0.2.7 user="alice"" and, in the journal, the
 * fields ONEPOP_RIP and ONEPOP_USER besides.  One line is made at a time.
 */
#ifndef ONEPOP_LOG_H
#define ONEPOP_LOG_H

enum log_event {
	LOG_LOGIN_OK,
	LOG_LOGIN_FAILED,
	LOG_SESSION_END,
	LOG_SESSION_REFUSED, /* ended before a login, by us */
	LOG_MAILBOX_ERROR,
	LOG_MAILBOX_CHANGED,   /* by another program, during a session */
	LOG_MAILBOX_RECOVERED, /* an interrupted update was finished */
	LOG_JOURNAL_ASIDE,     /* it could not be, the journal is kept */
	LOG_JOURNAL_KEPT,      /* the mailbox is not there now */
	LOG_SETUP_ERROR        /* options, PAM, state: for the administrator */
};

#define LOG_QUOTED_MAX 64  /* octets of a quoted value that are logged */
#define LOG_PATH_MAX   320 /* the same, of a path */
#define LOG_WAIT       200 /* milliseconds */

/*
 * Chooses the transport and connects it, so that it works behind a chroot.
 * connection is the client's descriptor, which is never logged to, or -1.
 * errno stays as it is.
 */
void log_open(int connection);

/* Where it is sent to, or -1. */
int log_descriptor(void);

/* Starts a line.  What was begun and not ended is forgotten. */
void log_begin(enum log_event event);

/* Adds key=value; the value is ours, has no blanks and is not quoted. */
void log_field(const char *key, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds key="value" for text from outside: quotes, backslashes, controls and
 * octets over 126 are escaped, and it is cut at LOG_QUOTED_MAX octets.
 * Of NULL it makes key=?, for what is better not logged.
 */
void log_quoted(const char *key, const char *value);

/*
 * The same, cut at LOG_PATH_MAX octets: for a path, or a reason that may have
 * one in it.
 */
void log_path(const char *key, const char *value);

/*
 * Sends the line.  Where the log does not take it at once, waits LOG_WAIT at
 * the most, and no more until the log has taken a line: one that it does not
 * take then is lost.
 */
void log_end(void);

/*
 * The whole of an error of ours: log_begin, reason="...", log_end.  The
 * reason may be longer than other quoted values.
 */
void log_error(enum log_event event, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The same in two steps: the first keeps the line, in place of the one kept
 * before, and the second sends it.  A signal handler may call the second.
 */
void log_keep_error(enum log_event event, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void log_send_kept(void);

#endif
