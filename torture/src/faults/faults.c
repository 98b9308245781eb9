/*
 * A library that is loaded before the system's own (LD_PRELOAD). It stands between a server and its disk:
 *
 * - it records what the server does to the files of one folder, so that the disk as it would be after a power loss can be
 *   built from the record (journal.rs has the format, disk.rs the model);
 * - it fails writes and syncs, and delays syncs, as the control block says. The harness changes that while the server
 *   runs (mod.rs).
 *
 * Settings are environment variables: FAULTS_FOLDER (an absolute path without links), FAULTS_JOURNAL and FAULTS_CONTROL
 * (both optional).
 *
 * The shared-memory file of SQLite (-shm) is not recorded: SQLite never relies on it after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* What kind of file a descriptor is. The values are bits of the masks in the control block. */
enum { UNTRACKED = 0, DATABASE = 1, WAL = 2, FOLDER = 4, SHARED_MEMORY = 8, OTHER = 16 };

/* mod.rs writes this block; all fields are in the machine's byte order. */
struct control {
    uint32_t write_errno; /* 0: writes succeed */
    uint32_t write_mask;  /* which kinds of files fail */
    uint32_t sync_errno;  /* 0: syncs succeed */
    uint32_t sync_mask;
    uint32_t sync_delay_ms;
    uint32_t limited; /* 1: `room` is the number of bytes by which files may still grow */
    int64_t room;
    uint64_t failed_writes; /* counted here, read by the harness */
    uint64_t failed_syncs;
    uint64_t syncs;
};

enum { CREATE = 1, WRITE = 2, TRUNCATE = 3, SYNC_BEGIN = 4, SYNC_END = 5, RENAME = 6, UNLINK = 7, MKDIR = 8 };

struct record {
    uint32_t kind;
    int32_t result; /* 0, or the errno of a failed sync */
    uint64_t at;    /* CLOCK_MONOTONIC, nanoseconds, before the operation */
    uint64_t inode;
    uint64_t offset; /* of a write; the new size of a truncation */
    uint32_t thread;
    uint32_t path;  /* the lengths of what follows */
    uint32_t other; /* the new path of a rename */
    uint32_t bytes;
};

enum { DESCRIPTORS = 1 << 20 };
static unsigned char kinds[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];
static size_t folder_length;
static int journal = -1;
static struct control nothing;
static struct control *control = &nothing;

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void fatal(const char *what) {
    dprintf(2, "faults: %s: %s\n", what, strerror(errno));
    _exit(111);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_FOLDER");
    if (!path || strlen(path) >= sizeof folder) return;
    strcpy(folder, path);
    folder_length = strlen(folder);
    if ((path = getenv("FAULTS_JOURNAL"))) {
        journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal < 0) fatal("the journal cannot be written");
    }
    if ((path = getenv("FAULTS_CONTROL"))) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
        void *block = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (block == MAP_FAILED) fatal("the control block cannot be read");
        control = block;
        syscall(SYS_close, file);
    }
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int ends_with(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

/* What kind of file an absolute path names; UNTRACKED outside of the folder. */
static unsigned char kind_of(const char *path, mode_t mode) {
    if (!folder_length || strncmp(path, folder, folder_length) != 0) return UNTRACKED;
    if (path[folder_length] != '/' && path[folder_length] != 0) return UNTRACKED;
    if (S_ISDIR(mode)) return FOLDER;
    if (ends_with(path, "-shm")) return SHARED_MEMORY;
    if (ends_with(path, "-wal")) return WAL;
    if (ends_with(path, ".db")) return DATABASE;
    return OTHER;
}

static unsigned char kind(int file) {
    return file >= 0 && file < DESCRIPTORS ? kinds[file] : UNTRACKED;
}

/* The absolute path of a name that need not exist. The folder that it is in must. */
static int absolute(const char *name, char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : 0;
    if (length >= sizeof parent) return 0;
    memcpy(parent, name, length);
    parent[length] = 0;
    if (!realpath(slash ? (length ? parent : "/") : ".", path)) return 0;
    size_t end = strlen(path);
    const char *last = slash ? slash + 1 : name;
    if (end + strlen(last) + 2 > PATH_MAX) return 0;
    if (end > 1) path[end++] = '/';
    strcpy(path + end, last);
    return 1;
}

/* Is called with the lock held, so that the journal has the order of the operations. */
static void note(struct record record, const char *path, const char *other, const void *bytes) {
    if (journal < 0) return;
    record.thread = (uint32_t)syscall(SYS_gettid);
    record.path = path ? (uint32_t)strlen(path) : 0;
    record.other = other ? (uint32_t)strlen(other) : 0;
    struct iovec parts[] = {
        {&record, sizeof record}, {(void *)path, record.path}, {(void *)other, record.other}, {(void *)bytes, record.bytes}};
    size_t length = sizeof record + record.path + record.other + record.bytes;
    if (syscall(SYS_writev, journal, parts, 4) != (long)length) fatal("the journal cannot be written");
}

static uint64_t inode(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

static int opened(int (*open_real)(int, const char *, int, mode_t), int at, const char *name, int flags, mode_t mode) {
    if (!folder_length) return open_real(at, name, flags, mode);
    pthread_mutex_lock(&lock);
    uint64_t began = now();
    int is_new = (flags & O_CREAT) && faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    int file = open_real(at, name, flags, mode);
    int error = errno;
    if (file >= 0 && file < DESCRIPTORS) {
        char link[64], path[PATH_MAX];
        struct stat status;
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t length = readlink(link, path, sizeof path - 1);
        kinds[file] = UNTRACKED;
        if (length > 0 && fstat(file, &status) == 0) {
            path[length] = 0;
            kinds[file] = kind_of(path, status.st_mode);
        }
        if (kinds[file] && kinds[file] != SHARED_MEMORY) {
            struct record record = {.at = began, .inode = (uint64_t)status.st_ino};
            record.kind = CREATE;
            if (is_new) note(record, path, NULL, NULL);
            record.kind = TRUNCATE;
            if (!is_new && (flags & O_TRUNC)) note(record, NULL, NULL, NULL);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return file;
}

static int real_open(int at, const char *name, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, at, name, flags, mode);
}

#define MODE \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *name, int flags, ...) {
    MODE return opened(real_open, AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    MODE return opened(real_open, AT_FDCWD, name, flags | O_LARGEFILE, mode);
}
int openat(int at, const char *name, int flags, ...) {
    MODE return opened(real_open, at, name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
    MODE return opened(real_open, at, name, flags | O_LARGEFILE, mode);
}

int close(int file) {
    REAL(close);
    if (file >= 0 && file < DESCRIPTORS) kinds[file] = UNTRACKED;
    return real(file);
}

/* How many of `count` bytes may be written, or -1 with errno. As a disk does, it takes what fits and refuses the rest. */
static ssize_t permitted(int file, size_t count, off64_t at) {
    unsigned char of = kind(file);
    if (control->write_errno && (control->write_mask & of)) {
        __atomic_add_fetch(&control->failed_writes, 1, __ATOMIC_RELAXED);
        errno = (int)control->write_errno;
        return -1;
    }
    struct stat status;
    if (!control->limited || fstat(file, &status) != 0) return (ssize_t)count;
    int64_t grows = at + (int64_t)count - status.st_size;
    if (grows <= 0) return (ssize_t)count;
    int64_t room = control->room < 0 ? 0 : control->room;
    int64_t fits = grows <= room ? (int64_t)count : (int64_t)count - (grows - room);
    if (fits <= 0) {
        __atomic_add_fetch(&control->failed_writes, 1, __ATOMIC_RELAXED);
        errno = ENOSPC;
        return -1;
    }
    control->room = room - (grows <= room ? grows : room);
    return (ssize_t)fits;
}

static ssize_t written(int file, const void *bytes, size_t count, off64_t at) {
    pthread_mutex_lock(&lock);
    uint64_t began = now();
    ssize_t done = permitted(file, count, at);
    if (done >= 0) done = syscall(SYS_pwrite64, file, bytes, (size_t)done, at);
    int error = errno;
    if (done > 0 && kind(file) != SHARED_MEMORY) {
        struct record record = {.kind = WRITE, .at = began, .inode = inode(file), .offset = (uint64_t)at};
        record.bytes = (uint32_t)done;
        note(record, NULL, NULL, bytes);
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (kind(file)) return written(file, bytes, count, at);
    return syscall(SYS_pwrite64, file, bytes, count, at);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    return pwrite64(file, bytes, count, at);
}

/* A write where the file's own position is. One thread uses such a file. */
static ssize_t appended(int file, const void *bytes, size_t count) {
    int end = (fcntl(file, F_GETFL) & O_APPEND) ? SEEK_END : SEEK_CUR;
    off64_t at = lseek64(file, 0, end);
    ssize_t done = written(file, bytes, count, at);
    if (done > 0) lseek64(file, at + done, SEEK_SET);
    return done;
}

ssize_t write(int file, const void *bytes, size_t count) {
    if (kind(file)) return appended(file, bytes, count);
    return syscall(SYS_write, file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (!kind(file)) return syscall(SYS_writev, file, parts, count);
    ssize_t all = 0;
    for (int n = 0; n < count; n++) {
        ssize_t done = appended(file, parts[n].iov_base, parts[n].iov_len);
        if (done < 0) return all ? all : -1;
        all += done;
        if ((size_t)done < parts[n].iov_len) break;
    }
    return all;
}

/* The kernel's own ways to copy are refused for recorded files: callers fall back to reading and writing. */
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t count, unsigned flags) {
    if (kind(to)) {
        errno = ENOSYS;
        return -1;
    }
    return syscall(SYS_copy_file_range, from, from_at, to, to_at, count, flags);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t count) {
    if (kind(to)) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_sendfile, to, from, at, count);
}

int ftruncate64(int file, off64_t size) {
    if (!kind(file)) return (int)syscall(SYS_ftruncate, file, size);
    pthread_mutex_lock(&lock);
    struct record record = {.kind = TRUNCATE, .at = now(), .inode = inode(file), .offset = (uint64_t)size};
    int result = (int)syscall(SYS_ftruncate, file, size);
    int error = errno;
    if (result == 0 && kind(file) != SHARED_MEMORY) note(record, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
int ftruncate(int file, off_t size) {
    return ftruncate64(file, size);
}

static void note_sync(uint32_t kind, int file, int result) {
    pthread_mutex_lock(&lock);
    struct record record = {.kind = kind, .result = result, .at = now(), .inode = inode(file)};
    note(record, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
}

static int synced(int file, long number) {
    unsigned char of = kind(file);
    if (!of) return (int)syscall(number, file);
    __atomic_add_fetch(&control->syncs, 1, __ATOMIC_RELAXED);
    note_sync(SYNC_BEGIN, file, 0);
    uint32_t delay = control->sync_delay_ms;
    if (delay) {
        struct timespec time = {delay / 1000, (long)(delay % 1000) * 1000000};
        nanosleep(&time, NULL);
    }
    int error = (control->sync_mask & of) ? (int)control->sync_errno : 0;
    if (error) {
        __atomic_add_fetch(&control->failed_syncs, 1, __ATOMIC_RELAXED);
    } else if (syscall(number, file) != 0) {
        error = errno;
    }
    note_sync(SYNC_END, file, error);
    if (!error) return 0;
    errno = error;
    return -1;
}

int fsync(int file) {
    return synced(file, SYS_fsync);
}
int fdatasync(int file) {
    return synced(file, SYS_fdatasync);
}

/* Unlinks, renames and makes names, with the paths that they have before. */
static int named(uint32_t what, const char *name, const char *other, long (*act)(const char *, const char *, mode_t), mode_t mode) {
    char path[PATH_MAX], target[PATH_MAX];
    pthread_mutex_lock(&lock);
    struct record record = {.kind = what, .at = now()};
    int known = absolute(name, path) && (!other || absolute(other, target));
    known = known && kind_of(path, 0) && kind_of(path, 0) != SHARED_MEMORY;
    struct stat status;
    if (known && lstat(path, &status) == 0) record.inode = (uint64_t)status.st_ino;
    int result = (int)act(name, other, mode);
    int error = errno;
    if (what == MKDIR && known && lstat(path, &status) == 0) record.inode = (uint64_t)status.st_ino;
    if (result == 0 && known) note(record, path, other ? target : NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

static long act_unlink(const char *name, const char *other, mode_t mode) {
    (void)other, (void)mode;
    return syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}
static long act_rename(const char *name, const char *other, mode_t mode) {
    (void)mode;
    return syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, other, 0);
}
static long act_mkdir(const char *name, const char *other, mode_t mode) {
    (void)other;
    return syscall(SYS_mkdirat, AT_FDCWD, name, mode);
}

int unlink(const char *name) {
    return named(UNLINK, name, NULL, act_unlink, 0);
}
int rename(const char *name, const char *other) {
    return named(RENAME, name, other, act_rename, 0);
}
int mkdir(const char *name, mode_t mode) {
    return named(MKDIR, name, NULL, act_mkdir, mode);
}
