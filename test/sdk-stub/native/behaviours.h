// The behaviours by name, in three files. Each function does nothing when the name is not one of its own.
#ifndef MENSHEN_STUB_BEHAVIOURS_H
#define MENSHEN_STUB_BEHAVIOURS_H

struct behaviour {
    const char *name;
    void (*act)(void);
};

// Ways to end, to stand still or to eat the machine.
void die_as(const char *name);
// Reaching for what is not the library's: descriptors, files, the network, signals, other processes.
void trespass_as(const char *name);
// Wrong results.
int lie_as(const char *name, char **buf, int *len, int code);

const char *hostile_secret(void);

#endif
