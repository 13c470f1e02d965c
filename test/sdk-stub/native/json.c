// A scanner over JSON text: see json.h. It checks the grammar as it walks and keeps nothing.
#include "json.h"

#include <stdlib.h>
#include <string.h>

// A cursor; `at` is NULL once the text has turned out not to be JSON.
struct scan {
    const char *at;
    const char *end;
};

enum { MOST_DEPTH = 64 };

static void fail(struct scan *scan)
{
    scan->at = NULL;
}

static char peek(struct scan *scan)
{
    while (scan->at != NULL && scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL && *scan->at != '\0')
        scan->at++;
    return scan->at != NULL && scan->at < scan->end ? *scan->at : '\0';
}

static void expect(struct scan *scan, char wanted)
{
    if (peek(scan) == wanted && wanted != '\0')
        scan->at++;
    else
        fail(scan);
}

static void skip_string(struct scan *scan)
{
    expect(scan, '"');
    while (scan->at != NULL && scan->at < scan->end && *scan->at != '"')
        scan->at += *scan->at == '\\' ? 2 : 1;
    if (scan->at == NULL || scan->at >= scan->end)
        fail(scan);
    else
        scan->at++;
}

static void skip_scalar(struct scan *scan)
{
    const char *from = scan->at;
    while (scan->at < scan->end && strchr("+-.0123456789eEtrufalsn", *scan->at) != NULL && *scan->at != '\0')
        scan->at++;
    if (scan->at == from)
        fail(scan);
}

static void skip_value(struct scan *scan, int depth);

static void skip_members(struct scan *scan, char closing, int depth)
{
    scan->at++;
    if (peek(scan) == closing) {
        scan->at++;
        return;
    }
    while (scan->at != NULL) {
        if (closing == '}') {
            skip_string(scan);
            expect(scan, ':');
        }
        skip_value(scan, depth + 1);
        if (peek(scan) != ',')
            break;
        scan->at++;
    }
    expect(scan, closing);
}

static void skip_value(struct scan *scan, int depth)
{
    char first = peek(scan);
    if (scan->at == NULL || depth > MOST_DEPTH)
        fail(scan);
    else if (first == '{')
        skip_members(scan, '}', depth);
    else if (first == '[')
        skip_members(scan, ']', depth);
    else if (first == '"')
        skip_string(scan);
    else
        skip_scalar(scan);
}

int json_is_object(const char *text, size_t length)
{
    struct scan scan = {text, text + length};
    if (peek(&scan) != '{')
        return 0;
    skip_value(&scan, 0);
    return scan.at != NULL && peek(&scan) == '\0' && scan.at == scan.end;
}

// Where the value of a member begins, or NULL. The text is an object.
static struct scan member(const char *text, size_t length, const char *name)
{
    struct scan scan = {text, text + length};
    size_t wanted = strlen(name);
    expect(&scan, '{');
    while (scan.at != NULL && peek(&scan) == '"') {
        const char *key = scan.at + 1;
        skip_string(&scan);
        int is_it = scan.at != NULL && (size_t)(scan.at - 1 - key) == wanted && memcmp(key, name, wanted) == 0;
        expect(&scan, ':');
        peek(&scan);
        if (is_it)
            return scan;
        skip_value(&scan, 0);
        if (peek(&scan) == ',')
            scan.at++;
    }
    fail(&scan);
    return scan;
}

static void add_code_point(unsigned code, struct bytes *out)
{
    char utf8[3] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 63)), (char)(0x80 | (code & 63))};
    char two[2] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 63))};
    char one = (char)code;
    if (code < 0x80)
        bytes_add(out, &one, 1);
    else if (code < 0x800)
        bytes_add(out, two, 2);
    else
        bytes_add(out, utf8, 3);
}

// Adds what an escape stands for and returns how many characters it took behind the backslash.
static size_t unescape(const char *escape, struct bytes *out)
{
    static const char names[] = "bfnrt\"\\/";
    static const char meant[] = "\b\f\n\r\t\"\\/";
    if (*escape == 'u') {
        char digits[5] = {0};
        memcpy(digits, escape + 1, 4);
        add_code_point((unsigned)strtoul(digits, NULL, 16), out);
        return 5;
    }
    const char *found = strchr(names, *escape);
    if (found != NULL && *found != '\0')
        bytes_add(out, meant + (found - names), 1);
    return 1;
}

int json_string(const char *text, size_t length, const char *name, struct bytes *out)
{
    struct scan scan = member(text, length, name);
    if (scan.at == NULL || *scan.at != '"')
        return 0;
    const char *from = scan.at + 1;
    skip_string(&scan);
    if (scan.at == NULL)
        return 0;
    const char *end = scan.at - 1;
    bytes_add(out, "", 0);
    while (from < end) {
        const char *escape = memchr(from, '\\', (size_t)(end - from));
        bytes_add(out, from, (size_t)((escape == NULL ? end : escape) - from));
        from = escape == NULL ? end : escape + 1 + unescape(escape + 1, out);
    }
    return 1;
}

long long json_number(const char *text, size_t length, const char *name, long long otherwise)
{
    struct scan scan = member(text, length, name);
    if (scan.at == NULL || strchr("-0123456789", *scan.at) == NULL)
        return otherwise;
    return strtoll(scan.at, NULL, 10);
}

void json_quote(const char *text, struct bytes *out)
{
    bytes_add(out, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            bytes_add(out, "\\", 1);
        if ((unsigned char)*text < 0x20)
            bytes_format(out, "\\u%04x", (unsigned)*text);
        else
            bytes_add(out, text, 1);
    }
    bytes_add(out, "\"", 1);
}
