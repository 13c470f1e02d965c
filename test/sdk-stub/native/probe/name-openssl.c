// Says which OpenSSL the stub will use on this machine; ends with 1 and says what was looked for when there is none.
#include <stdio.h>

#include "../openssl.h"

int main(void)
{
    printf("%s\n", openssl_name());
    return openssl() == NULL;
}
