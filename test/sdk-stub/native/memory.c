// Slices and media data. Filling one that is full already leaks the first buffer, as in the real SDK.
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "WeWorkFinanceSdk_C.h"

enum { BEFORE = 16 };

char *give_out(const void *bytes, size_t length)
{
    char *whole = malloc(BEFORE + length + 1);
    if (whole == NULL)
        abort();
    if (length > 0)
        memcpy(whole + BEFORE, bytes, length);
    whole[BEFORE + length] = '\0';
    return whole + BEFORE;
}

void take_back(char *given)
{
    if (given != NULL)
        free(given - BEFORE);
}

Slice_t *NewSlice(void)
{
    return calloc(1, sizeof(Slice_t));
}

void FreeSlice(Slice_t *slice)
{
    if (slice == NULL)
        return;
    take_back(slice->buf);
    free(slice);
}

MediaData_t *NewMediaData(void)
{
    return calloc(1, sizeof(MediaData_t));
}

void FreeMediaData(MediaData_t *media)
{
    if (media == NULL)
        return;
    take_back(media->outindexbuf);
    take_back(media->data);
    free(media);
}

static char nothing[] = "";

char *GetContentFromSlice(Slice_t *slice)
{
    return slice == NULL || (slice->buf == NULL && slice->len == 0) ? nothing : slice->buf;
}

int GetSliceLen(Slice_t *slice)
{
    return slice == NULL ? 0 : slice->len;
}

char *GetOutIndexBuf(MediaData_t *media)
{
    return media == NULL || (media->outindexbuf == NULL && media->out_len == 0) ? nothing : media->outindexbuf;
}

int GetIndexLen(MediaData_t *media)
{
    return media == NULL ? 0 : media->out_len;
}

char *GetData(MediaData_t *media)
{
    return media == NULL || (media->data == NULL && media->data_len == 0) ? nothing : media->data;
}

int GetDataLen(MediaData_t *media)
{
    return media == NULL ? 0 : media->data_len;
}

int IsMediaDataFinish(MediaData_t *media)
{
    return media == NULL ? 1 : media->is_finish;
}
