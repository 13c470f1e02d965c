// The C interface of Tencent's Finance SDK: 17 functions, two structs. Names, order of arguments and layout are the contract; everything
// else in this folder is ours. Sources: the official header for the functions, measurements for the layout.
#ifndef MENSHEN_STUB_FINANCE_SDK_H
#define MENSHEN_STUB_FINANCE_SDK_H

typedef struct WeWorkFinanceSdk_t WeWorkFinanceSdk_t;

// 16 bytes: buf at 0, len at 8.
typedef struct Slice_t {
    char *buf;
    int len;
} Slice_t;

// 32 bytes: outindexbuf at 0, out_len at 8, data at 16, data_len at 24, is_finish at 28.
typedef struct MediaData {
    char *outindexbuf;
    int out_len;
    char *data;
    int data_len;
    int is_finish;
} MediaData_t;

#define EXPORTED __attribute__((visibility("default")))

EXPORTED WeWorkFinanceSdk_t *NewSdk(void);
EXPORTED int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret);
EXPORTED int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy,
                         const char *passwd, int timeout, Slice_t *out);
EXPORTED int DecryptData(const char *encrypt_key, const char *encrypt_msg, Slice_t *out);
EXPORTED int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *indexbuf, const char *sdkFileId, const char *proxy,
                          const char *passwd, int timeout, MediaData_t *out);
EXPORTED void DestroySdk(WeWorkFinanceSdk_t *sdk);

EXPORTED Slice_t *NewSlice(void);
EXPORTED void FreeSlice(Slice_t *slice);
EXPORTED char *GetContentFromSlice(Slice_t *slice);
EXPORTED int GetSliceLen(Slice_t *slice);

EXPORTED MediaData_t *NewMediaData(void);
EXPORTED void FreeMediaData(MediaData_t *media);
EXPORTED char *GetOutIndexBuf(MediaData_t *media);
EXPORTED int GetIndexLen(MediaData_t *media);
EXPORTED char *GetData(MediaData_t *media);
EXPORTED int GetDataLen(MediaData_t *media);
EXPORTED int IsMediaDataFinish(MediaData_t *media);

// Return codes, as measured. 10004 and 10007 are retired.
enum {
    SDK_OK = 0,
    SDK_BAD_PARAMETER = 10000,
    SDK_NETWORK = 10001,
    SDK_BAD_ANSWER = 10002,
    SDK_SYSTEM = 10003,
    SDK_BAD_FILE_ID = 10005,
    SDK_DECRYPT = 10006,
    SDK_BAD_KEY = 10008,
    SDK_IP_NOT_ALLOWED = 10009,
    SDK_EXPIRED = 10010,
    SDK_CERTIFICATE = 10011
};

#endif
