//! Commands that end at a chosen step: at the nth call with which a process changes files.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A library that is loaded before the system's own. It counts the calls that change files, and sends its process the signal
/// `SIGNAL` before the one with the number `STEP`. Of writes it counts every tenth. With `READ_ONLY`, nothing can be opened for
/// writing; with `FULL`, nothing can be written.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
static int steps, writes;
static void step(void) {
    const char *at = getenv("STEP");
    if (at && ++steps == atoi(at)) kill(getpid(), atoi(getenv("SIGNAL")));
}
#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (getenv("FULL")) { errno = ENOSPC; return -1; }
    if (writes++ % 10 == 0) step();
    return REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(file, bytes, count, at);
}
int fsync(int file) { step(); return REAL(int, fsync, int)(file); }
int fdatasync(int file) { step(); return REAL(int, fdatasync, int)(file); }
int rename(const char *from, const char *to) { step(); return REAL(int, rename, const char *, const char *)(from, to); }
int mkdir(const char *path, mode_t mode) { step(); return REAL(int, mkdir, const char *, mode_t)(path, mode); }
int rmdir(const char *path) { step(); return REAL(int, rmdir, const char *)(path); }
int unlink(const char *path) { step(); return REAL(int, unlink, const char *)(path); }
int unlinkat(int in, const char *path, int how) { step(); return REAL(int, unlinkat, int, const char *, int)(in, path, how); }
int linkat(int in, const char *from, int to_in, const char *to, int how) {
    step();
    return REAL(int, linkat, int, const char *, int, const char *, int)(in, from, to_in, to, how);
}
int open64(const char *path, int how, ...) {
    va_list more;
    va_start(more, how);
    int mode = va_arg(more, int);
    va_end(more);
    if (getenv("READ_ONLY") && (how & (O_WRONLY | O_RDWR | O_CREAT))) { errno = EROFS; return -1; }
    return REAL(int, open64, const char *, int, ...)(path, how, mode);
}
"#;

/// The library, compiled with the C compiler that the build needs anyway.
pub struct Shim {
    _folder: tempfile::TempDir,
    library: PathBuf,
}

impl Shim {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (source, library) = (folder.path().join("shim.c"), folder.path().join("shim.so"));
        fs::write(&source, SHIM).unwrap();
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        assert!(compiled.unwrap().success());
        Self { _folder: folder, library }
    }

    /// Runs the binary with the library and these variables.
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PARLOR_"))
        {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .env("LD_PRELOAD", &self.library)
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    /// Runs the binary again and again, with `signal` at the first step, at the second one and so on, until it ends by itself
    /// before. `prepare` makes the folder for each run and gives the arguments, and `check` is told how it ended.
    pub fn run_to_each_step(
        &self,
        signal: i32,
        prepare: impl Fn(&Path) -> Vec<String>,
        mut check: impl FnMut(&Path, &Output),
    ) -> u32 {
        for step in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let arguments = prepare(folder.path());
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let environment = [("STEP", &*step.to_string()), ("SIGNAL", &*signal.to_string())];
            let output = self.run(&arguments, &environment);
            check(folder.path(), &output);
            let was_cut =
                output.status.signal() == Some(signal) || output.status.code() == Some(128 + signal);
            // What is told of a signal may end before it is told.
            if !was_cut && (signal == SIGKILL || step > 200) {
                return step - 1;
            }
            assert!(step < 1000, "{output:?}");
        }
        unreachable!("the steps do not end")
    }
}

pub const SIGINT: i32 = 2;
pub const SIGKILL: i32 = 9;

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
