// The two protobuf messages the SDK reads: SdkKeyInfo (1 k1, 2 pre_len, 3 end_len, 4 s_len) and MsgSdkFileId (1 fileid, 2 authkey, 3 aeskey).
#ifndef MENSHEN_STUB_PROTOBUF_H
#define MENSHEN_STUB_PROTOBUF_H

#include <stddef.h>

struct protobuf_field {
    // Length-delimited: bytes inside the message; `text` is NULL when the field did not come.
    const char *text;
    size_t length;
    // Varint.
    long long number;
    int is_present;
};

// Fills fields 1..4 (at index 0..3); the last of a repeated field counts. Returns 0 when the bytes are not protobuf.
int protobuf_read(const char *bytes, size_t length, struct protobuf_field fields[4]);

#endif
