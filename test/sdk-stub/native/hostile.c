// Which behaviour is wanted, and who does it: see hostile.h. The behaviours themselves are in die.c, trespass.c and lie.c.
#include "hostile.h"

#if defined(STUB_ALWAYS) || defined(STUB_OBEYS)

#include <string.h>

#include "behaviours.h"
#include "json.h"

static char known_secret[256] = "no secret yet";

const char *hostile_secret(void)
{
    return known_secret;
}

void hostile_learn(const char *secret)
{
    strncpy(known_secret, secret, sizeof known_secret - 1);
}

#ifdef STUB_ALWAYS
const char *hostile_at(const char *function)
{
    return strcmp(function, STUB_AT) == 0 ? STUB_ALWAYS : NULL;
}

__attribute__((constructor)) static void act_while_loaded(void)
{
    hostile_act(hostile_at("load"));
}
#else
const char *hostile_at(const char *function)
{
    (void)function;
    return NULL;
}
#endif

#ifdef STUB_OBEYS
const char *hostile_order(const struct bytes *answer)
{
    static char order[64];
    struct bytes text = {0};
    int is_told = answer->at != NULL && json_is_object(answer->at, answer->length) &&
                  json_string(answer->at, answer->length, "errmsg", &text) && strncmp(text.at, "stub:", 5) == 0;
    if (is_told) {
        memset(order, 0, sizeof order);
        strncpy(order, text.at + 5, sizeof order - 1);
    }
    bytes_free(&text);
    return is_told ? order : NULL;
}
#else
const char *hostile_order(const struct bytes *answer)
{
    (void)answer;
    return NULL;
}
#endif

void hostile_act(const char *order)
{
    if (order == NULL)
        return;
    die_as(order);
    trespass_as(order);
}

int hostile_bend(const char *order, char **buf, int *len, int code)
{
    return order == NULL ? code : lie_as(order, buf, len, code);
}

#else
// ISO C wants something in every file.
typedef int hostile_is_left_out;
#endif
