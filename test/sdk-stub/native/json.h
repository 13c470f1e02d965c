// As much JSON as the protocol needs: is this text one value, and what is a member of the outermost object.
#ifndef MENSHEN_STUB_JSON_H
#define MENSHEN_STUB_JSON_H

#include "bytes.h"

// 1 when the whole text is one object.
int json_is_object(const char *text, size_t length);
// 1 and the unescaped string when the member is there and is a string.
int json_string(const char *text, size_t length, const char *name, struct bytes *out);
// The member's number, or `otherwise`.
long long json_number(const char *text, size_t length, const char *name, long long otherwise);
// The text as a JSON string, quotes included.
void json_quote(const char *text, struct bytes *out);

#endif
