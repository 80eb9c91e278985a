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

/* OpenSSL's default, without the suites of TLS 1.2 that have CBC */
#define CIPHERS "DEFAULT:!SHA1:!SHA256:!SHA384"

struct tls {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO_METHOD *method;
	struct tls_validity validity;
	struct tls_wire wire;
	bool heard;       /* something came */
	bool done;        /* the handshake is */
	bool hung_up;     /* the client has */
	const char *why;  /* it failed; or NULL */
	int wire_error;   /* errno of the connection */
	char reason[128]; /* why, where OpenSSL says it */
};

/*
 * OpenSSL's memory: what it gives back is wiped.  Its decoders leave copies
 * of a private key there.
 */

static void *give(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void take_back(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void *give_other(void *memory, size_t n, const char *file, int line)
{
	size_t had = memory ? malloc_usable_size(memory) : 0;
	void *other = n ? malloc(n) : NULL;

	if (other && memory)
		memcpy(other, memory, had < n ? had : n);
	if (other || n == 0)
		take_back(memory, file, line);
	return other;
}

/* The connection, as OpenSSL wants to see it */

static int take(struct tls *t, BIO *b, ssize_t n)
{
	if (n < 0 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_retry_read(b);
	else if (n < 0)
		t->wire_error = errno;
	t->hung_up = t->hung_up || n == 0;
	t->heard = t->heard || n > 0;
	return (int)n;
}

static int wire_get(BIO *b, char *buf, int n)
{
	struct tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	return take(t, b, t->wire.get(t->wire.connection, buf, (size_t)n));
}

static int wire_put(BIO *b, const char *buf, int n)
{
	struct tls *t = BIO_get_data(b);
	ssize_t done;

	BIO_clear_retry_flags(b);
	done = t->wire.put(t->wire.connection, buf, (size_t)n);
	if (done < 0 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_retry_write(b);
	else if (done < 0)
		t->wire_error = errno;
	return (int)done;
}

static long wire_control(BIO *b, int what, long number, void *pointer)
{
	const struct tls *t = BIO_get_data(b);

	(void)number;
	(void)pointer;
	if (what == BIO_CTRL_EOF)
		return t->hung_up;
	return what == BIO_CTRL_FLUSH; /* nothing is kept here */
}

static bool attach(struct tls *t)
{
	BIO *b;

	t->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	                         "connection");
	if (!t->method || !BIO_meth_set_read(t->method, wire_get) ||
	    !BIO_meth_set_write(t->method, wire_put) ||
	    !BIO_meth_set_ctrl(t->method, wire_control))
		return false;
	b = BIO_new(t->method);
	if (!b)
		return false;
	BIO_set_data(b, t);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
	return true;
}

/* Reading the files */

/* What OpenSSL says, in words. */
static const char *openssl_reason(void)
{
	unsigned long e = ERR_peek_error();
	const char *text;

	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	text = ERR_reason_error_string(e);
	return text ? text : "unknown error";
}

/* Returns NULL, or what is wrong. */
typedef const char *use_fn(struct tls *t, BIO *in);

/* Has a file used, and leaves none of it in memory: it may be the key's. */
static bool use_file(struct tls *t, const char *path, use_fn *use, char *why,
                     size_t size)
{
	static char text[TEXTFILE_MAX + 1];
	const char *wrong;
	BIO *in = NULL;
	size_t n = 0;

	wrong = textfile_read(path, text, &n);
	if (!wrong) {
		in = BIO_new_mem_buf(text, (int)n);
		wrong = in ? use(t, in) : "no memory";
	}
	(void)BIO_free(in);
	explicit_bzero(text, sizeof(text));
	if (wrong)
		(void)snprintf(why, size, "%s: %s", path, wrong);
	return !wrong;
}

/* There is nobody to ask.  asked is a bool. */
static int no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)writing;
	if (size > 0)
		*buf = '\0';
	if (asked)
		*(bool *)asked = true;
	return -1;
}

/* Narrows when all hold: to the last beginning and the first end. */
static bool narrow(struct tls_validity *v, const X509 *x)
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

	while ((x = PEM_read_bio_X509(in, NULL, no_passphrase, NULL))) {
		ok = narrow(&t->validity, x) &&
		     (first ? SSL_use_certificate(t->ssl, x)
		            : SSL_add1_chain_cert(t->ssl, x));
		X509_free(x);
		if (!ok)
			return openssl_reason();
		first = false;
	}
	if (first)
		return "no certificate in PEM form";
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return openssl_reason();
	ERR_clear_error(); /* the end */
	return NULL;
}

static const char *use_key(struct tls *t, BIO *in)
{
	const char *wrong = NULL;
	bool asked = false;
	EVP_PKEY *key;

	key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, &asked);
	if (asked)
		return "has a passphrase, and nobody is there to give it";
	if (!key)
		return "no private key in PEM form";
	/* One of another kind would be taken, for another certificate. */
	if (X509_check_private_key(SSL_get_certificate(t->ssl), key) != 1)
		wrong = "not the key of the certificate";
	else if (!SSL_use_PrivateKey(t->ssl, key))
		wrong = openssl_reason();
	EVP_PKEY_free(key);
	return wrong;
}

/* A certificate is asked for; who has none goes on without. */
static bool ask_clients(struct tls *t, const char *file, char *why, size_t size)
{
	STACK_OF(X509_NAME) * names;

	names = SSL_load_client_CA_file(file);
	if (!names || !SSL_CTX_load_verify_file(t->ctx, file)) {
		(void)snprintf(why, size, "%s: %s", file, openssl_reason());
		return false;
	}
	SSL_set_client_CA_list(t->ssl, names);
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
	return true;
}

static bool same_ciphers(const STACK_OF(SSL_CIPHER) * a,
                         const STACK_OF(SSL_CIPHER) * b)
{
	int i, n = sk_SSL_CIPHER_num(a);

	for (i = 0; i < n; i++)
		if (sk_SSL_CIPHER_value(a, i) != sk_SSL_CIPHER_value(b, i))
			return false;
	return n == sk_SSL_CIPHER_num(b);
}

/*
 * Those that the system's settings choose stay.  To name OpenSSL's default is
 * no choice: the settings that some distributions ship do it.
 */
static bool choose_ciphers(SSL_CTX *ctx)
{
	SSL *usual = SSL_new(ctx);
	bool ok;

	ok = usual && SSL_set_cipher_list(usual, OSSL_default_cipher_list());
	if (ok &&
	    same_ciphers(SSL_CTX_get_ciphers(ctx), SSL_get_ciphers(usual)))
		ok = SSL_CTX_set_cipher_list(ctx, CIPHERS);
	SSL_free(usual);
	return ok;
}

/*
 * OpenSSL reads the system's settings, which may ask for more than ours.  It
 * is not to clean up at the end: the process does so by ending.
 */
static bool prepare(struct tls *t)
{
	/* Only before all else, and once */
	(void)CRYPTO_set_mem_functions(give, give_other, take_back);
	if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL))
		return false;
	t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t->ctx ||
	    (SSL_CTX_get_min_proto_version(t->ctx) < TLS1_2_VERSION &&
	     !SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION)) ||
	    !choose_ciphers(t->ctx))
		return false;
	/* Our order counts, but a client without AES may have ChaCha20. */
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
	return t->ssl && attach(t);
}

static struct tls *load(const struct tls_files *files,
                        const struct tls_wire *wire, struct tls_validity *ret,
                        char *why, size_t size)
{
	static struct tls t;

	t = (struct tls){.wire = *wire, .validity = {INT64_MIN, INT64_MAX}};
	if (!prepare(&t)) {
		(void)snprintf(why, size, "OpenSSL: %s", openssl_reason());
		return NULL;
	}
	/* The key is the connection's and not the context's: see forget_key. */
	if (!use_file(&t, files->cert, use_certificates, why, size) ||
	    !use_file(&t, files->key ? files->key : files->cert, use_key, why,
	              size) ||
	    (files->client_ca && !ask_clients(&t, files->client_ca, why, size)))
		return NULL;
	*ret = t.validity;
	return &t;
}

/* The carrier */

static const char *failure(struct tls *t, int error)
{
	long verified = SSL_get_verify_result(t->ssl);
	const char *text;

	if (verified != X509_V_OK)
		text = X509_verify_cert_error_string(verified);
	else if (error == SSL_ERROR_SSL)
		text = openssl_reason();
	else
		text = t->hung_up ? "the client hung up"
		                  : strerror(t->wire_error);
	(void)snprintf(t->reason, sizeof(t->reason), "%s", text);
	return t->reason;
}

/* What SSL_get_error said of a call: returns -1 with errno. */
static int judge(struct tls *t, int error, short *events)
{
	errno = EAGAIN;
	if (error == SSL_ERROR_WANT_READ) {
		*events = POLLIN;
	} else if (error == SSL_ERROR_WANT_WRITE) {
		*events = POLLOUT;
	} else {
		if (!t->why)
			t->why = failure(t, error);
		errno = EPROTO;
	}
	return -1;
}

/* After an error OpenSSL must not be asked again; errno says so. */
static bool usable(const struct tls *t, bool done)
{
	errno = EPROTO;
	ERR_clear_error();
	return !t->why && t->done == done;
}

/* Nothing is to be signed any more: what is taken over later has no key. */
static void forget_key(struct tls *t)
{
	SSL_certs_clear(t->ssl);
}

static int begin(void *context, short *events)
{
	struct tls *t = context;
	int result;

	if (!usable(t, false))
		return -1;
	result = SSL_accept(t->ssl);
	if (result == 1) {
		t->done = true;
		forget_key(t);
		return 0;
	}
	return judge(t, SSL_get_error(t->ssl, result), events);
}

static ssize_t get(void *context, void *buf, size_t n, short *events)
{
	struct tls *t = context;
	int result, error;

	if (!usable(t, true))
		return -1;
	result = SSL_read(t->ssl, buf, (int)n);
	if (result > 0)
		return result;
	error = SSL_get_error(t->ssl, result);
	return error == SSL_ERROR_ZERO_RETURN ? 0 : judge(t, error, events);
}

static ssize_t put(void *context, const void *buf, size_t n, short *events)
{
	struct tls *t = context;
	int result;

	if (!usable(t, true))
		return -1;
	result = SSL_write(t->ssl, buf, (int)n);
	return result > 0 ? result
	                  : judge(t, SSL_get_error(t->ssl, result), events);
}

/* Not waiting for the client's own goodbye (RFC 8446, 6.1). */
static int end(void *context, short *events)
{
	struct tls *t = context;
	int result;

	if (!usable(t, true))
		return -1;
	result = SSL_shutdown(t->ssl);
	return result >= 0 ? 0
	                   : judge(t, SSL_get_error(t->ssl, result), events);
}

static const char *version(const struct tls *t)
{
	return SSL_get_version(t->ssl);
}

static const char *error(const struct tls *t)
{
	return t->heard ? t->why : NULL;
}

/* The client's certificate */

/* A name with a NUL in it would be read as another. */
static void take_name(char ret[static TLS_NAME], const unsigned char *name,
                      int n)
{
	if (n <= 0 || n >= TLS_NAME || memchr(name, '\0', (size_t)n))
		return;
	memcpy(ret, name, (size_t)n);
	ret[n] = '\0';
}

static void common_name(const X509 *x, char ret[static TLS_NAME])
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
		take_name(ret, name, n);
	OPENSSL_free(name);
}

static void email_name(const X509 *x, char ret[static TLS_NAME])
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
		take_name(ret, ASN1_STRING_get0_data(found->d.rfc822Name),
		          ASN1_STRING_length(found->d.rfc822Name));
	GENERAL_NAMES_free(names);
}

static void user(const struct tls *t, bool email, char ret[static TLS_NAME])
{
	const X509 *x = SSL_get0_peer_certificate(t->ssl);

	*ret = '\0';
	if (!x || SSL_get_verify_result(t->ssl) != X509_V_OK)
		return;
	if (email)
		email_name(x, ret);
	else
		common_name(x, ret);
}

const struct tls_module tls_module = {
	.load = load,
	.carrier = {begin, get, put, end},
	.forget = forget_key,
	.version = version,
	.user = user,
	.error = error,
};
