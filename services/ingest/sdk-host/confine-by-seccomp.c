/* The layer that refuses system calls. A list of what is refused, not of what is allowed: the library is closed, and a call that nobody foresaw
 * must not break capture. What is refused is what a client of one TCP proxy never does: other programs, other processes, other sockets, files
 * that are written, the kernel's own machinery. Refused calls give EPERM, as a careful program expects; another architecture's calls end it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define X32_BIT 0x40000000U
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the Finance SDK exists for x86-64 and arm64 only"
#endif

#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define DIE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* Both architectures are little-endian: the lower half comes first. */
#define LOAD_ARGUMENT(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]))
#define LOAD_UPPER_HALF(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]) + 4)
#define SKIP_UNLESS_CALL(name, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, count)
#define NEVER(name) SKIP_UNLESS_CALL(name, 1), REFUSE(EPERM)
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define MASK(bits) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)

/* Opening for writing, in any way. The second check catches what creates without opening for writing. */
#define READ_ONLY(name, flags) \
  SKIP_UNLESS_CALL(name, 4), LOAD_ARGUMENT(flags), HAS(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 0, 1), \
      REFUSE(EACCES), ALLOW

#define PR_SET_PDEATHSIG_OPTION 1
#define PR_SET_DUMPABLE_OPTION 4

bool confine_by_seccomp(void) {
  struct sock_filter program[] = {
      LOAD(arch), IS(ARCHITECTURE, 1, 0), DIE,
      LOAD(nr),
#ifdef X32_BIT
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1), DIE,
#endif
      /* Other programs and processes. Threads are allowed: curl resolves names in one. clone3 hides its flags, so the C library must use clone. */
      NEVER(execve), NEVER(execveat), NEVER(ptrace), NEVER(process_vm_readv), NEVER(process_vm_writev), NEVER(kill), NEVER(tkill),
      NEVER(rt_sigqueueinfo), NEVER(rt_tgsigqueueinfo), NEVER(unshare), NEVER(setns), NEVER(personality), NEVER(kcmp),
#ifdef SYS_fork
      NEVER(fork), NEVER(vfork),
#endif
#ifdef SYS_pidfd_open
      NEVER(pidfd_open), NEVER(pidfd_send_signal),
#endif
#ifdef SYS_pidfd_getfd
      NEVER(pidfd_getfd),
#endif
#ifdef SYS_clone3
      SKIP_UNLESS_CALL(clone3, 1), REFUSE(ENOSYS),
#endif
      SKIP_UNLESS_CALL(clone, 4), LOAD_ARGUMENT(0), HAS(CLONE_THREAD, 0, 1), ALLOW, REFUSE(EPERM),
      /* abort() signals the process itself. */
      SKIP_UNLESS_CALL(tgkill, 4), LOAD_ARGUMENT(0), IS((uint32_t)getpid(), 0, 1), ALLOW, REFUSE(EPERM),
      /* Other sockets than TCP, and waiting for connections. */
      SKIP_UNLESS_CALL(socket, 8), LOAD_ARGUMENT(0), IS(AF_INET, 1, 0), IS(AF_INET6, 0, 4), LOAD_ARGUMENT(1), MASK(0xf), IS(SOCK_STREAM, 0, 1),
      ALLOW, REFUSE(EACCES),
      NEVER(bind), NEVER(listen), NEVER(accept), NEVER(accept4), NEVER(sendmmsg),
      /* Files that are written, moved or made. */
#ifdef SYS_open
      READ_ONLY(open, 1), NEVER(creat), NEVER(unlink), NEVER(rename), NEVER(link), NEVER(symlink), NEVER(mkdir), NEVER(rmdir), NEVER(chmod),
      NEVER(chown), NEVER(lchown), NEVER(mknod),
#endif
      READ_ONLY(openat, 2),
#ifdef SYS_openat2
      SKIP_UNLESS_CALL(openat2, 1), REFUSE(ENOSYS),
#endif
      NEVER(unlinkat), NEVER(renameat2), NEVER(linkat), NEVER(symlinkat), NEVER(mkdirat), NEVER(fchmod), NEVER(fchmodat), NEVER(fchown),
      NEVER(fchownat), NEVER(mknodat), NEVER(truncate), NEVER(open_by_handle_at), NEVER(name_to_handle_at), NEVER(memfd_create),
#ifdef SYS_renameat
      NEVER(renameat),
#endif
      /* The kernel's own machinery. */
      NEVER(mount), NEVER(umount2), NEVER(pivot_root), NEVER(chroot), NEVER(bpf), NEVER(perf_event_open), NEVER(userfaultfd), NEVER(keyctl),
      NEVER(add_key), NEVER(request_key), NEVER(init_module), NEVER(finit_module), NEVER(delete_module), NEVER(kexec_load), NEVER(reboot),
      NEVER(swapon), NEVER(swapoff), NEVER(setrlimit), NEVER(shmget), NEVER(msgget), NEVER(semget), NEVER(mq_open),
#ifdef SYS_io_uring_setup
      NEVER(io_uring_setup), NEVER(io_uring_enter), NEVER(io_uring_register),
#endif
      /* Reading a limit is allowed, changing one is not. */
      SKIP_UNLESS_CALL(prlimit64, 6), LOAD_ARGUMENT(2), IS(0, 0, 3), LOAD_UPPER_HALF(2), IS(0, 0, 1), ALLOW, REFUSE(EPERM),
      SKIP_UNLESS_CALL(prctl, 5), LOAD_ARGUMENT(0), IS(PR_SET_DUMPABLE_OPTION, 1, 0), IS(PR_SET_PDEATHSIG_OPTION, 0, 1), REFUSE(EPERM), ALLOW,
      ALLOW,
  };
  struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}
