// Calls a Finance SDK library from plain C, so that a test sees what the library itself does: `call-sdk LIBRARY` reads one call a line from
// stdin, words separated by a tab, and answers each with one line of JSON on descriptor 3. An empty word is "", the word NULL is NULL.
//   init CORPID SECRET · chat SEQ LIMIT PROXY PASSWD TIMEOUT · media INDEX FILEID PROXY PASSWD TIMEOUT · decrypt KEY MESSAGE
//   fill TIMES IS-REUSED KEY MESSAGE (into one slice or a new one each time; answers with the growth of memory) · sizes · getters
// With the second argument ignore-sigpipe a connection that breaks ends no process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../WeWorkFinanceSdk_C.h"

static struct {
    WeWorkFinanceSdk_t *(*NewSdk)(void);
    int (*Init)(WeWorkFinanceSdk_t *, const char *, const char *);
    int (*GetChatData)(WeWorkFinanceSdk_t *, unsigned long long, unsigned, const char *, const char *, int, Slice_t *);
    int (*DecryptData)(const char *, const char *, Slice_t *);
    int (*GetMediaData)(WeWorkFinanceSdk_t *, const char *, const char *, const char *, const char *, int, MediaData_t *);
    void (*DestroySdk)(WeWorkFinanceSdk_t *);
    Slice_t *(*NewSlice)(void);
    void (*FreeSlice)(Slice_t *);
    char *(*GetContentFromSlice)(Slice_t *);
    int (*GetSliceLen)(Slice_t *);
    MediaData_t *(*NewMediaData)(void);
    void (*FreeMediaData)(MediaData_t *);
    char *(*GetOutIndexBuf)(MediaData_t *);
    int (*GetIndexLen)(MediaData_t *);
    char *(*GetData)(MediaData_t *);
    int (*GetDataLen)(MediaData_t *);
    int (*IsMediaDataFinish)(MediaData_t *);
} sdk;

static FILE *answers;
static WeWorkFinanceSdk_t *handle;
static char *words[8];

static void find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL) {
        fprintf(stderr, "%s is not in the library\n", name);
        exit(3);
    }
    memcpy(slot, &symbol, sizeof symbol);
}

#define FIND(name) find(library, #name, &sdk.name)

static void find_all(void *library)
{
    FIND(NewSdk);
    FIND(Init);
    FIND(GetChatData);
    FIND(DecryptData);
    FIND(GetMediaData);
    FIND(DestroySdk);
    FIND(NewSlice);
    FIND(FreeSlice);
    FIND(GetContentFromSlice);
    FIND(GetSliceLen);
    FIND(NewMediaData);
    FIND(FreeMediaData);
    FIND(GetOutIndexBuf);
    FIND(GetIndexLen);
    FIND(GetData);
    FIND(GetDataLen);
    FIND(IsMediaDataFinish);
}

static const char *word(int number)
{
    const char *text = words[number] == NULL ? "" : words[number];
    return strcmp(text, "NULL") == 0 ? NULL : text;
}

static int number(int position)
{
    return atoi(words[position] == NULL ? "0" : words[position]);
}

static void print_hex(const char *bytes, int length)
{
    for (int i = 0; i < length; i++)
        fprintf(answers, "%02x", (unsigned char)bytes[i]);
}

static void answer_slice(int code, Slice_t *slice)
{
    fprintf(answers, "{\"code\":%d,\"length\":%d,\"hex\":\"", code, sdk.GetSliceLen(slice));
    print_hex(sdk.GetContentFromSlice(slice), sdk.GetSliceLen(slice));
    fprintf(answers, "\"}\n");
    sdk.FreeSlice(slice);
}

static void call_chat(void)
{
    Slice_t *slice = sdk.NewSlice();
    unsigned long long seq = strtoull(words[1], NULL, 10);
    answer_slice(sdk.GetChatData(handle, seq, (unsigned)number(2), word(3), word(4), number(5), slice), slice);
}

static void call_decrypt(void)
{
    Slice_t *slice = sdk.NewSlice();
    answer_slice(sdk.DecryptData(word(1), word(2), slice), slice);
}

static void call_media(void)
{
    MediaData_t *media = sdk.NewMediaData();
    int code = sdk.GetMediaData(handle, word(1), word(2), word(3), word(4), number(5), media);
    fprintf(answers, "{\"code\":%d,\"finish\":%d,\"index\":\"%.*s\",\"length\":%d,\"hex\":\"", code,
            sdk.IsMediaDataFinish(media), sdk.GetIndexLen(media), sdk.GetOutIndexBuf(media), sdk.GetDataLen(media));
    print_hex(sdk.GetData(media), sdk.GetDataLen(media));
    fprintf(answers, "\"}\n");
    sdk.FreeMediaData(media);
}

static void call_init(void)
{
    if (handle == NULL)
        handle = sdk.NewSdk();
    fprintf(answers, "{\"code\":%d}\n", sdk.Init(handle, word(1), word(2)));
}

static void tell_sizes(void)
{
    fprintf(answers, "{\"slice\":[%zu,%zu,%zu],\"media\":[%zu,%zu,%zu,%zu,%zu,%zu]}\n", sizeof(Slice_t),
            offsetof(Slice_t, buf), offsetof(Slice_t, len), sizeof(MediaData_t), offsetof(MediaData_t, outindexbuf),
            offsetof(MediaData_t, out_len), offsetof(MediaData_t, data), offsetof(MediaData_t, data_len),
            offsetof(MediaData_t, is_finish));
}

static void ask_getters_for_nothing(void)
{
    fprintf(answers, "{\"slice\":[%d,\"%s\"],\"media\":[%d,\"%s\",%d,\"%s\",%d]}\n", sdk.GetSliceLen(NULL),
            sdk.GetContentFromSlice(NULL), sdk.GetIndexLen(NULL), sdk.GetOutIndexBuf(NULL), sdk.GetDataLen(NULL),
            sdk.GetData(NULL), sdk.IsMediaDataFinish(NULL));
}

static long resident_kilobytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = -1;
    if (file != NULL)
        fclose(file);
    return pages * 4;
}

// The same message opened over and over: into one slice, or with a new one each time.
static void fill_often(void)
{
    int times = number(1);
    int is_reused = number(2);
    long before = resident_kilobytes();
    Slice_t *slice = sdk.NewSlice();
    for (int i = 0; i < times; i++) {
        sdk.DecryptData(word(3), word(4), slice);
        if (!is_reused) {
            sdk.FreeSlice(slice);
            slice = sdk.NewSlice();
        }
    }
    fprintf(answers, "{\"grownKilobytes\":%ld}\n", resident_kilobytes() - before);
}

static const struct {
    const char *name;
    void (*call)(void);
} calls[] = {
    {"init", call_init},       {"chat", call_chat},   {"media", call_media},          {"decrypt", call_decrypt},
    {"sizes", tell_sizes},     {"getters", ask_getters_for_nothing},                  {"fill", fill_often},
};

static void serve(char *line)
{
    memset(words, 0, sizeof words);
    for (int i = 0; i < 8 && line != NULL; i++)
        words[i] = strsep(&line, "\t\n");
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, words[0]) == 0)
            calls[i].call();
    fflush(answers);
}

int main(int count, char **arguments)
{
    answers = fdopen(3, "w");
    void *library = count < 2 ? NULL : dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (answers == NULL || library == NULL) {
        fprintf(stderr, "usage: call-sdk LIBRARY 3>answers (%s)\n", count < 2 ? "no library" : dlerror());
        return 2;
    }
    if (count > 2 && strcmp(arguments[2], "ignore-sigpipe") == 0)
        signal(SIGPIPE, SIG_IGN);
    find_all(library);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0)
        serve(line);
    if (handle != NULL)
        sdk.DestroySdk(handle);
    return 0;
}
