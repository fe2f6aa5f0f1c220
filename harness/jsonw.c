/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259) into a buffer; see jsonw.h.  A member is written whole or not at all: it is
 * tried at the end of the buffer and taken back when it does not fit.
 */
#include <stdio.h>
#include <string.h>

#include "harness/jsonw.h"

/* Room that the closing brackets and the final 0 may need. */
static size_t
limit(const struct jsonw *j)
{
	return j->size - j->depth - 1;
}

static bool
put(struct jsonw *j, const char *s, size_t n)
{
	if (j->len + n > limit(j))
		return false;
	memcpy(j->buf + j->len, s, n);
	j->len += n;
	return true;
}

/* Length of the valid UTF-8 sequence at s (RFC 3629), or 0. */
static unsigned
utf8_len(const unsigned char *s)
{
	static const unsigned char first[] = { 0, 0, 0xc2, 0xe0, 0xf0 };
	static const unsigned char last[] = { 0, 0, 0xdf, 0xef, 0xf4 };
	unsigned n, i;

	for (n = 2; n <= 4; n++)
		if (s[0] >= first[n] && s[0] <= last[n])
			break;
	if (n > 4)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static bool
put_escaped(struct jsonw *j, unsigned char c)
{
	static const char short_from[] = "\"\\\n\t\r\b\f", short_to[] = "\"\\ntrbf";
	const char *p = strchr(short_from, c);
	char esc[8];

	if (p != NULL && c != 0) {
		esc[0] = '\\';
		esc[1] = short_to[p - short_from];
		return put(j, esc, 2);
	}
	snprintf(esc, sizeof(esc), "\\u%04x", c < 0x80 ? c : 0xfffd);
	return put(j, esc, 6);
}

static bool
put_string(struct jsonw *j, const char *val)
{
	const unsigned char *s = (const unsigned char *)val;
	unsigned n;

	if (!put(j, "\"", 1))
		return false;
	while (*s != 0) {
		n = *s < 0x80 ? (*s >= 0x20 && *s != '"' && *s != '\\' && *s != 0x7f) :
		    utf8_len(s);
		if (n > 0 ? !put(j, (const char *)s, n) : !put_escaped(j, *s))
			return false;
		s += n > 0 ? n : 1;
	}
	return put(j, "\"", 1);
}

static bool
put_key(struct jsonw *j, const char *key)
{
	if (j->comma && !put(j, ",", 1))
		return false;
	return key == NULL || (put_string(j, key) && put(j, ":", 1));
}

static void
member(struct jsonw *j, const char *key, const char *val, bool string)
{
	size_t mark = j->len;

	if (j->depth == 0 || j->close[j->depth - 1] == '\0')
		return;
	if (put_key(j, key) && (string ? put_string(j, val) : put(j, val, strlen(val))))
		j->comma = true;
	else
		j->len = mark;
}

void
jsonw_open(struct jsonw *j, char *buf, size_t size)
{
	memset(j, 0, sizeof(*j));
	j->buf = buf;
	j->size = size;
	j->depth = 1;
	j->close[0] = '}';
	put(j, "{", 1);
}

size_t
jsonw_close(struct jsonw *j)
{
	while (j->depth > 0)
		jsonw_end(j);
	j->buf[j->len] = '\0';
	return j->len;
}

void
jsonw_str(struct jsonw *j, const char *key, const char *val)
{
	member(j, key, val != NULL ? val : "null", val != NULL);
}

void
jsonw_int(struct jsonw *j, const char *key, int64_t val)
{
	char num[24];

	snprintf(num, sizeof(num), "%lld", (long long)val);
	member(j, key, num, false);
}

void
jsonw_bool(struct jsonw *j, const char *key, bool val)
{
	member(j, key, val ? "true" : "false", false);
}

void
jsonw_sec(struct jsonw *j, const char *key, uint64_t ns)
{
	char num[32];

	snprintf(num, sizeof(num), "%llu.%06u", (unsigned long long)(ns / 1000000000),
	    (unsigned)(ns % 1000000000 / 1000));
	member(j, key, num, false);
}

void
jsonw_raw(struct jsonw *j, const char *key, const char *val)
{
	member(j, key, val, false);
}

void
jsonw_members(struct jsonw *j, const char *object)
{
	size_t mark = j->len, n = strlen(object);

	while (n > 0 && object[n - 1] != '}')
		n--;
	if (n < 3 || object[0] != '{' || j->depth == 0 || j->close[j->depth - 1] != '}')
		return;
	if ((!j->comma || put(j, ",", 1)) && put(j, object + 1, n - 2))
		j->comma = true;
	else
		j->len = mark;
}

/*
 * An object or array that cannot be opened any more is still counted, with nothing to close,
 * so that jsonw_end() stays paired.
 */
static void
nest(struct jsonw *j, const char *key, char open, char close)
{
	size_t mark = j->len;
	bool ok;

	if (j->depth >= JSONW_DEPTH)
		return;
	ok = j->close[j->depth - 1] != '\0' && put_key(j, key) && j->len + 2 <= limit(j) &&
	    put(j, &open, 1);
	if (!ok)
		j->len = mark;
	j->close[j->depth++] = ok ? close : '\0';
	if (ok)
		j->comma = false;
}

void
jsonw_object(struct jsonw *j, const char *key)
{
	nest(j, key, '{', '}');
}

void
jsonw_array(struct jsonw *j, const char *key)
{
	nest(j, key, '[', ']');
}

void
jsonw_end(struct jsonw *j)
{
	char close = j->close[--j->depth];

	if (close == '\0')
		return;
	j->buf[j->len++] = close;
	j->comma = true;
}
