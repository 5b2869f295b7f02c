/*
 * Preloaded into a server: what a disk may do that the machine's own does not.
 * DISK_SHIM_DELAY_MS=10            fsync and fdatasync take that much longer
 * DISK_SHIM_DATA=dir DISK_SHIM_KEEP=dir2
 *   once a file or directory below `dir` has been synced, `dir2` gets what it held when that began:
 *   a file's bytes as `file.<inode>`, a directory as `directory.<inode>`: its path, then `<inode> <name>` a line.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what)
{
    perror(what);
    abort();
}

/* Not by a second descriptor where the first can be read: to close that would free the locks on the file. */
static void keep_file(int fd, int to)
{
    char buffer[65536];
    char link[64];
    int from = fd;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        from = open(link, O_RDONLY);
        if (from < 0) fail("open");
    }
    off_t at = 0;
    for (ssize_t got; (got = pread(from, buffer, sizeof buffer, at)) > 0; at += got)
        if (write(to, buffer, (size_t)got) != got) fail("write");
    if (from != fd) close(from);
}

static void keep_directory(const char *path, int to)
{
    DIR *directory = opendir(path);
    if (!directory) fail("opendir");
    dprintf(to, "%s\n", path);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_type == DT_REG) dprintf(to, "%lu %s\n", (unsigned long)entry->d_ino, entry->d_name);
    closedir(directory);
}

struct copy {
    unsigned long inode, number;
    char draft[PATH_MAX], final[PATH_MAX];
};

static unsigned long copies;
static struct { unsigned long inode, number; } published[1024];

/* Whether there is something to publish once the sync is over. */
static int take(int fd, struct copy *copy)
{
    const char *data = getenv("DISK_SHIM_DATA");
    const char *kept = getenv("DISK_SHIM_KEEP");
    if (!data || !kept) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    struct stat status;
    if (length < 0 || fstat(fd, &status) != 0) return 0;
    path[length] = 0;
    if (strncmp(path, data, strlen(data)) != 0) return 0;
    pthread_mutex_lock(&keeping);
    copy->inode = (unsigned long)status.st_ino;
    copy->number = ++copies;
    const char *kind = S_ISDIR(status.st_mode) ? "directory" : "file";
    snprintf(copy->draft, PATH_MAX, "%s/draft.%lu", kept, copy->number);
    snprintf(copy->final, PATH_MAX, "%s/%s.%lu", kept, kind, copy->inode);
    int to = open(copy->draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0) fail("open draft");
    if (S_ISDIR(status.st_mode)) keep_directory(path, to);
    else keep_file(fd, to);
    close(to);
    pthread_mutex_unlock(&keeping);
    return 1;
}

static void publish(const struct copy *copy)
{
    pthread_mutex_lock(&keeping);
    int slot = 0;
    while (published[slot].inode && published[slot].inode != copy->inode)
        if (++slot == 1024) fail("too many files");
    published[slot].inode = copy->inode;
    if (copy->number > published[slot].number) { /* else another thread was faster with a later copy */
        published[slot].number = copy->number;
        if (rename(copy->draft, copy->final) != 0) fail("rename");
    }
    pthread_mutex_unlock(&keeping);
}

static int sync_later(const char *name, int fd)
{
    struct copy copy;
    int is_taken = take(fd, &copy);
    const char *delay = getenv("DISK_SHIM_DELAY_MS");
    if (delay) {
        long ms = atol(delay);
        struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
        nanosleep(&time, NULL);
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = real(fd);
    if (is_taken && result == 0) publish(&copy);
    return result;
}

int fsync(int fd) { return sync_later("fsync", fd); }
int fdatasync(int fd) { return sync_later("fdatasync", fd); }
