/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls.h"

#include "base/textfile.h"

/* OpenSSL's default without the suites of TLS 1.2 that use CBC. */
#define CIPHERS "DEFAULT:!SHA1:!SHA256:!SHA384"

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO_METHOD *method;
	struct tls_validity validity;
	struct tls_wire wire;
	bool heard;          /* the client has sent something */
	bool shaken;         /* the handshake is done */
	bool hung_up;        /* the client has closed the connection */
	int wire_error;      /* errno of the connection */
	const char *problem; /* NULL, or text: OpenSSL must not be called */
	char text[128];
};

/*
 * OpenSSL's memory is wiped when it is freed, because OpenSSL's decoders leave
 * copies of a private key in it.
 */

static void *allocate_memory(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void free_wiped(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void *reallocate_wiped(void *memory, size_t n, const char *file,
                              int line)
{
	size_t had = memory ? malloc_usable_size(memory) : 0;
	void *other = n ? malloc(n) : NULL;

	if (other && memory)
		memcpy(other, memory, had < n ? had : n);
	if (other || n == 0)
		free_wiped(memory, file, line);
	return other;
}

/* The connection as a BIO of OpenSSL. */

/* Returns whether the wire has to be waited for; else notes its error. */
static bool must_wait(struct tls *t)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return true;
	t->wire_error = errno;
	return false;
}

static int read_wire(BIO *b, char *buf, int n)
{
	struct tls *t = BIO_get_data(b);
	ssize_t got;

	BIO_clear_retry_flags(b);
	got = t->wire.read(t->wire.connection, buf, (size_t)n);
	if (got < 0 && must_wait(t))
		BIO_set_retry_read(b);
	t->hung_up = t->hung_up || got == 0;
	t->heard = t->heard || got > 0;
	return (int)got;
}

static int write_wire(BIO *b, const char *buf, int n)
{
	struct tls *t = BIO_get_data(b);
	ssize_t done;

	BIO_clear_retry_flags(b);
	done = t->wire.write(t->wire.connection, buf, (size_t)n);
	if (done < 0 && must_wait(t))
		BIO_set_retry_write(b);
	return (int)done;
}

static long control_wire(BIO *b, int what, long number, void *pointer)
{
	const struct tls *t = BIO_get_data(b);

	(void)number;
	(void)pointer;
	if (what == BIO_CTRL_EOF)
		return t->hung_up;
	return what == BIO_CTRL_FLUSH; /* nothing is buffered here */
}

static bool attach_wire(struct tls *t)
{
	BIO *b;

	t->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	                         "connection");
	if (!t->method || !BIO_meth_set_read(t->method, read_wire) ||
	    !BIO_meth_set_write(t->method, write_wire) ||
	    !BIO_meth_set_ctrl(t->method, control_wire))
		return false;
	b = BIO_new(t->method);
	if (!b)
		return false;
	BIO_set_data(b, t);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
	return true;
}

/* Returns the words for OpenSSL's first error. */
static const char *describe_error(void)
{
	unsigned long e = ERR_peek_error();
	const char *text;

	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	text = ERR_reason_error_string(e);
	return text ? text : "unknown error";
}

/* Uses the text of a file.  Returns NULL, or the problem in words. */
typedef const char *use_fn(struct tls *t, BIO *in);

/*
 * Reads a file and uses it.  Nothing of it stays in memory, because it may hold
 * the private key.  Returns false with the file and the problem in ret.
 */
static bool use_file(struct tls *t, const char *path, use_fn *use, char *ret,
                     size_t size)
{
	static char text[TEXTFILE_MAX + 1];
	const char *problem;
	BIO *in = NULL;
	size_t n = 0;

	problem = textfile_read(path, text, &n);
	if (!problem) {
		in = BIO_new_mem_buf(text, (int)n);
		problem = in ? use(t, in) : "no memory";
	}
	(void)BIO_free(in);
	explicit_bzero(text, sizeof(text));
	if (problem)
		(void)snprintf(ret, size, "%s: %s", path, problem);
	return !problem;
}

/* Gives no passphrase, and notes in *asked, a bool, that one was needed. */
static int refuse_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)writing;
	if (size > 0)
		*buf = '\0';
	if (asked)
		*(bool *)asked = true;
	return -1;
}

/* Narrows the time in which all certificates are valid by that of x. */
static bool narrow_validity(struct tls_validity *v, const X509 *x)
{
	const int64_t day = 86400;
	int days, seconds;

	if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notBefore(x)))
		return false;
	if (days * day + seconds > v->begins)
		v->begins = days * day + seconds;
	if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)))
		return false;
	if (days * day + seconds < v->ends)
		v->ends = days * day + seconds;
	return true;
}

/* The server's own certificate comes first. */
static const char *use_certificates(struct tls *t, BIO *in)
{
	bool first = true;
	X509 *x;
	int ok;

	while ((x = PEM_read_bio_X509(in, NULL, refuse_passphrase, NULL))) {
		ok = narrow_validity(&t->validity, x) &&
		     (first ? SSL_use_certificate(t->ssl, x)
		            : SSL_add1_chain_cert(t->ssl, x));
		X509_free(x);
		if (!ok)
			return describe_error();
		first = false;
	}
	if (first)
		return "no certificate in PEM form";
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return describe_error();
	ERR_clear_error(); /* the end of the file */
	return NULL;
}

static const char *use_key(struct tls *t, BIO *in)
{
	const char *problem = NULL;
	bool asked = false;
	EVP_PKEY *key;

	key = PEM_read_bio_PrivateKey(in, NULL, refuse_passphrase, &asked);
	if (asked)
		return "has a passphrase, which nobody can give";
	if (!key)
		return "no private key in PEM form";
	/* SSL_use_PrivateKey accepts a key of another type. */
	if (X509_check_private_key(SSL_get_certificate(t->ssl), key) != 1)
		problem = "not the key of the certificate";
	else if (!SSL_use_PrivateKey(t->ssl, key))
		problem = describe_error();
	EVP_PKEY_free(key);
	return problem;
}

/* Asks clients for a certificate.  A client without one may go on. */
static bool ask_clients(struct tls *t, const char *file, char *ret, size_t size)
{
	STACK_OF(X509_NAME) * names;

	names = SSL_load_client_CA_file(file);
	if (!names || !SSL_CTX_load_verify_file(t->ctx, file)) {
		(void)snprintf(ret, size, "%s: %s", file, describe_error());
		return false;
	}
	SSL_set_client_CA_list(t->ssl, names);
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
	return true;
}

static bool are_same_ciphers(const STACK_OF(SSL_CIPHER) * a,
                             const STACK_OF(SSL_CIPHER) * b)
{
	int i, n = sk_SSL_CIPHER_num(a);

	for (i = 0; i < n; i++)
		if (sk_SSL_CIPHER_value(a, i) != sk_SSL_CIPHER_value(b, i))
			return false;
	return n == sk_SSL_CIPHER_num(b);
}

/*
 * Keeps the ciphers that openssl.cnf chooses.  OpenSSL's default there does not
 * count as a choice, because some distributions ship it.
 */
static bool choose_ciphers(SSL_CTX *ctx)
{
	SSL *defaults = SSL_new(ctx);
	bool ok;

	ok = defaults &&
	     SSL_set_cipher_list(defaults, OSSL_default_cipher_list());
	if (ok && are_same_ciphers(SSL_CTX_get_ciphers(ctx),
	                           SSL_get_ciphers(defaults)))
		ok = SSL_CTX_set_cipher_list(ctx, CIPHERS);
	SSL_free(defaults);
	return ok;
}

/*
 * openssl.cnf may ask for more than we do.  OpenSSL need not clean up at the
 * end, because the process ends.
 */
static bool prepare_openssl(struct tls *t)
{
	/* OpenSSL allows it once, before its first allocation. */
	(void)CRYPTO_set_mem_functions(allocate_memory, reallocate_wiped,
	                               free_wiped);
	if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL))
		return false;
	t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t->ctx ||
	    (SSL_CTX_get_min_proto_version(t->ctx) < TLS1_2_VERSION &&
	     !SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION)) ||
	    !choose_ciphers(t->ctx))
		return false;
	/* Our order counts, but a client that prefers ChaCha20 gets it. */
	(void)SSL_CTX_set_options(
		t->ctx,
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
			SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
			SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT |
			SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_num_tickets(t->ctx, 0);
	(void)SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                       SSL_MODE_NO_AUTO_CHAIN);
	t->ssl = SSL_new(t->ctx);
	return t->ssl && attach_wire(t);
}

static struct tls *load_tls(const struct tls_files *files,
                            const struct tls_wire *wire,
                            struct tls_validity *ret, char *problem,
                            size_t size)
{
	static struct tls t;

	t = (struct tls){.wire = *wire, .validity = {INT64_MIN, INT64_MAX}};
	if (!prepare_openssl(&t)) {
		(void)snprintf(problem, size, "OpenSSL: %s", describe_error());
		return NULL;
	}
	/* forget_key wipes the key of the connection, not of the context. */
	if (!use_file(&t, files->cert, use_certificates, problem, size) ||
	    !use_file(&t, files->key ? files->key : files->cert, use_key,
	              problem, size) ||
	    (files->client_ca &&
	     !ask_clients(&t, files->client_ca, problem, size)))
		return NULL;
	*ret = t.validity;
	return &t;
}

/* Writes down, for the log, the error that SSL_get_error returned. */
static void note_problem(struct tls *t, int error)
{
	long verified = SSL_get_verify_result(t->ssl);
	const char *text;

	if (verified != X509_V_OK)
		text = X509_verify_cert_error_string(verified);
	else if (error == SSL_ERROR_SSL)
		text = describe_error();
	else
		text = t->hung_up ? "the client hung up"
		                  : strerror(t->wire_error);
	(void)snprintf(t->text, sizeof(t->text), "%s", text);
	t->problem = t->text;
}

/*
 * Returns -1 after a call that failed with an error of SSL_get_error: with
 * EAGAIN and what to wait for in *events, or with EPROTO.
 */
static int fail_call(struct tls *t, int error, short *events)
{
	errno = EAGAIN;
	if (error == SSL_ERROR_WANT_READ) {
		*events = POLLIN;
	} else if (error == SSL_ERROR_WANT_WRITE) {
		*events = POLLOUT;
	} else {
		if (!t->problem)
			note_problem(t, error);
		errno = EPROTO;
	}
	return -1;
}

/*
 * Returns whether OpenSSL may be called, which it must not be after an error;
 * else sets EPROTO.
 */
static bool is_usable(const struct tls *t, bool shaken)
{
	errno = EPROTO;
	ERR_clear_error();
	return !t->problem && t->shaken == shaken;
}

/* Nothing more is signed: an attacker who takes over later finds no key. */
static void forget_key(struct tls *t)
{
	SSL_certs_clear(t->ssl);
}

static int begin_tls(void *context, short *events)
{
	struct tls *t = context;
	int result;

	if (!is_usable(t, false))
		return -1;
	result = SSL_accept(t->ssl);
	if (result == 1) {
		t->shaken = true;
		forget_key(t);
		return 0;
	}
	return fail_call(t, SSL_get_error(t->ssl, result), events);
}

static ssize_t read_tls(void *context, void *buf, size_t n, short *events)
{
	struct tls *t = context;
	int result, error;

	if (!is_usable(t, true))
		return -1;
	result = SSL_read(t->ssl, buf, (int)n);
	if (result > 0)
		return result;
	error = SSL_get_error(t->ssl, result);
	return error == SSL_ERROR_ZERO_RETURN ? 0 : fail_call(t, error, events);
}

static ssize_t write_tls(void *context, const void *buf, size_t n,
                         short *events)
{
	struct tls *t = context;
	int result;

	if (!is_usable(t, true))
		return -1;
	result = SSL_write(t->ssl, buf, (int)n);
	return result > 0 ? result
	                  : fail_call(t, SSL_get_error(t->ssl, result), events);
}

/* Does not wait for the client's close_notify (RFC 8446, section 6.1). */
static int end_tls(void *context, short *events)
{
	struct tls *t = context;
	int result;

	if (!is_usable(t, true))
		return -1;
	result = SSL_shutdown(t->ssl);
	return result >= 0
	               ? 0
	               : fail_call(t, SSL_get_error(t->ssl, result), events);
}

static const char *get_version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

static const char *get_problem(const struct tls *t)
{
	return t->heard ? t->problem : NULL;
}

/* Refuses a name with a NUL in it, which would be read as another name. */
static void copy_name(char ret[static TLS_NAME], const unsigned char *name,
                      int n)
{
	if (n <= 0 || n >= TLS_NAME || memchr(name, '\0', (size_t)n))
		return;
	memcpy(ret, name, (size_t)n);
	ret[n] = '\0';
}

static void copy_common_name(const X509 *x, char ret[static TLS_NAME])
{
	const X509_NAME *subject = X509_get_subject_name(x);
	unsigned char *name = NULL;
	int at, n;

	at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0 ||
	    X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return;
	n = ASN1_STRING_to_UTF8(
		&name,
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (n > 0)
		copy_name(ret, name, n);
	OPENSSL_free(name);
}

static void copy_email(const X509 *x, char ret[static TLS_NAME])
{
	const GENERAL_NAME *name, *found = NULL;
	GENERAL_NAMES *names;
	int i, count = 0;

	names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_EMAIL) {
			found = name;
			count++;
		}
	}
	if (count == 1)
		copy_name(ret, ASN1_STRING_get0_data(found->d.rfc822Name),
		          ASN1_STRING_length(found->d.rfc822Name));
	GENERAL_NAMES_free(names);
}

static void copy_user(const struct tls *t, bool email,
                      char ret[static TLS_NAME])
{
	const X509 *x = SSL_get0_peer_certificate(t->ssl);

	*ret = '\0';
	if (!x || SSL_get_verify_result(t->ssl) != X509_V_OK)
		return;
	if (email)
		copy_email(x, ret);
	else
		copy_common_name(x, ret);
}

const struct tls_module tls_module = {
	.load = load_tls,
	.carrier = {begin_tls, read_tls, write_tls, end_tls},
	.forget = forget_key,
	.version = get_version,
	.user = copy_user,
	.problem = get_problem,
};
