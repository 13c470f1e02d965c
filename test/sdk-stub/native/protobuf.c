// A protobuf reader of four fields: see protobuf.h.
#include "protobuf.h"

#include <string.h>

struct input {
    const unsigned char *at;
    const unsigned char *end;
};

static int read_varint(struct input *input, unsigned long long *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && input->at < input->end; shift += 7) {
        unsigned char byte = *input->at++;
        *value |= (unsigned long long)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 1;
    }
    return 0;
}

static int skip(struct input *input, unsigned long long length)
{
    if (length > (unsigned long long)(input->end - input->at))
        return 0;
    input->at += length;
    return 1;
}

static int read_value(struct input *input, unsigned wire_type, struct protobuf_field *field)
{
    unsigned long long value;
    switch (wire_type) {
    case 0:
        if (!read_varint(input, &value))
            return 0;
        field->number = (int)value;
        return 1;
    case 1:
        return skip(input, 8);
    case 2:
        if (!read_varint(input, &value))
            return 0;
        field->text = (const char *)input->at;
        field->length = (size_t)value;
        return skip(input, value);
    case 5:
        return skip(input, 4);
    default:
        return 0;
    }
}

int protobuf_read(const char *bytes, size_t length, struct protobuf_field fields[4])
{
    struct input input = {(const unsigned char *)bytes, (const unsigned char *)bytes + length};
    memset(fields, 0, 4 * sizeof *fields);
    while (input.at < input.end) {
        unsigned long long tag;
        struct protobuf_field field = {.is_present = 1};
        if (!read_varint(&input, &tag) || tag >> 3 == 0 || !read_value(&input, tag & 7, &field))
            return 0;
        if (tag >> 3 <= 4)
            fields[(tag >> 3) - 1] = field;
    }
    return 1;
}
