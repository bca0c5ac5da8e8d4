/* For tests: the n-th thing that a process writes below FAULT_FOLDER fails, and those after it, as FAULT_CONTROL says.

   All processes that load this (LD_PRELOAD) share the control: one count for server, workers, queue and tools. SQLite's own
   writes go through it like those of everybody else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
  int64_t count;  /* writes so far */
  int64_t first;  /* the first that fails; 0 for none */
  int64_t last;   /* the last that fails */
  int64_t error;  /* its errno */
  int64_t failed; /* how many failed */
  char what[216]; /* the first of them */
};

static struct control *control;
static char folder[PATH_MAX];
static size_t folder_size;

__attribute__((constructor)) static void open_control(void) {
  const char *path = getenv("FAULT_CONTROL"), *below = getenv("FAULT_FOLDER");
  if (!path || !below || strlen(below) >= sizeof folder) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return;
  strcpy(folder, below);
  folder_size = strlen(folder);
  control = map;
}

static int is_ours(const char *path) {
  return strncmp(path, folder, folder_size) == 0 && (path[folder_size] == '/' || !path[folder_size]);
}

static int fails(const char *operation, const char *path) {
  int64_t number = __sync_add_and_fetch(&control->count, 1);
  int64_t first = __atomic_load_n(&control->first, __ATOMIC_SEQ_CST);
  if (!first || number < first || number > __atomic_load_n(&control->last, __ATOMIC_SEQ_CST)) return 0;
  if (__sync_add_and_fetch(&control->failed, 1) == 1)
    snprintf(control->what, sizeof control->what, "%s %s", operation, path + folder_size);
  errno = (int)control->error;
  return 1;
}

static int path_fails(const char *operation, int at, const char *path) {
  char whole[PATH_MAX], base[64];
  if (!control || !path) return 0;
  if (path[0] != '/') {
    if (at == AT_FDCWD) {
      if (!getcwd(whole, sizeof whole)) return 0;
    } else {
      snprintf(base, sizeof base, "/proc/self/fd/%d", at);
      ssize_t size = readlink(base, whole, sizeof whole - 1);
      if (size < 0) return 0;
      whole[size] = 0;
    }
    strncat(whole, "/", sizeof whole - strlen(whole) - 1);
    strncat(whole, path, sizeof whole - strlen(whole) - 1);
    path = whole;
  }
  return is_ours(path) && fails(operation, path);
}

static int fd_fails(const char *operation, int fd) {
  char name[64], path[PATH_MAX];
  int before = errno;
  if (!control) return 0;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(name, path, sizeof path - 1);
  errno = before;
  if (size < 0) return 0;
  path[size] = 0;
  return is_ours(path) && fails(operation, path);
}

#define REAL(name, result, ...)                                  \
  static result (*real)(__VA_ARGS__);                            \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define BY_FD(function, result, parameters, arguments, types)    \
  result function parameters {                                   \
    static result(*real) types;                                  \
    if (!real) real = (result(*) types)dlsym(RTLD_NEXT, #function); \
    return fd_fails(#function, fd) ? -1 : real arguments;        \
  }

BY_FD(write, ssize_t, (int fd, const void *data, size_t size), (fd, data, size), (int, const void *, size_t))
BY_FD(pwrite, ssize_t, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at),
      (int, const void *, size_t, off_t))
BY_FD(pwrite64, ssize_t, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at),
      (int, const void *, size_t, off64_t))
BY_FD(writev, ssize_t, (int fd, const struct iovec *parts, int count), (fd, parts, count), (int, const struct iovec *, int))
BY_FD(fsync, int, (int fd), (fd), (int))
BY_FD(fdatasync, int, (int fd), (fd), (int))
BY_FD(ftruncate, int, (int fd, off_t size), (fd, size), (int, off_t))
BY_FD(ftruncate64, int, (int fd, off64_t size), (fd, size), (int, off64_t))
BY_FD(fallocate, int, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), (int, int, off_t, off_t))

#define OPEN(function)                                                              \
  int function(const char *path, int flags, ...) {                                  \
    REAL(#function, int, const char *, int, ...);                                   \
    va_list more;                                                                   \
    va_start(more, flags);                                                          \
    mode_t mode = va_arg(more, mode_t);                                             \
    va_end(more);                                                                   \
    if ((flags & (O_CREAT | O_TRUNC)) && path_fails(#function, AT_FDCWD, path)) return -1; \
    return real(path, flags, mode);                                                 \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(function)                                                            \
  int function(int at, const char *path, int flags, ...) {                          \
    REAL(#function, int, int, const char *, int, ...);                              \
    va_list more;                                                                   \
    va_start(more, flags);                                                          \
    mode_t mode = va_arg(more, mode_t);                                             \
    va_end(more);                                                                   \
    if ((flags & (O_CREAT | O_TRUNC)) && path_fails(#function, at, path)) return -1; \
    return real(at, path, flags, mode);                                             \
  }
OPENAT(openat)
OPENAT(openat64)

int rename(const char *from, const char *to) {
  REAL("rename", int, const char *, const char *);
  return path_fails("rename", AT_FDCWD, to) ? -1 : real(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
  REAL("renameat", int, int, const char *, int, const char *);
  return path_fails("renameat", to_at, to) ? -1 : real(from_at, from, to_at, to);
}

int mkdir(const char *path, mode_t mode) {
  REAL("mkdir", int, const char *, mode_t);
  return path_fails("mkdir", AT_FDCWD, path) ? -1 : real(path, mode);
}

int mkdirat(int at, const char *path, mode_t mode) {
  REAL("mkdirat", int, int, const char *, mode_t);
  return path_fails("mkdirat", at, path) ? -1 : real(at, path, mode);
}
