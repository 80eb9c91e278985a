#include "capa.h"
#include "reply.h"
#include "sasl.h"

/* RFC 2449, section 5: what holds in one state is listed in both. */
static const char *const capabilities[] = {
	"TOP",
	"USER",
	"SASL " SASL_MECHANISMS,
	"RESP-CODES",
	"AUTH-RESP-CODE",
	"PIPELINING",
	"EXPIRE NEVER",
	"UIDL",
	"IMPLEMENTATION onepop-" ONEPOP_VERSION,
};

enum state serve_capa(struct session *s, struct command *c)
{
	size_t i;

	(void)c;
	reply_ok(&s->stream, "capabilities follow");
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		stream_printf(&s->stream, "%s\r\n", capabilities[i]);
	stream_printf(&s->stream, ".\r\n");
	return s->state;
}
