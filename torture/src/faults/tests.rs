//! The library under a small program, and the disk after a power loss.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use fastrand::Rng;

use super::{
    DiskError, Faults, Files,
    disk::{Disk, Image, Survival},
    inodes::Inodes,
    journal::{Journal, Kind, Operation},
};

/// Does what is asked for in its arguments, to the files of the current folder.
const PROGRAM: &str = r"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int count, char **words) {
    int file = -1;
    for (int n = 1; n < count; n++) {
        char *word = words[n];
        long done = 0;
        switch (word[0]) {
        case 'o': file = done = open(words[++n], O_RDWR | O_CREAT, 0600); break;
        case 'd': file = done = open(words[++n], O_RDONLY | O_DIRECTORY); break;
        case 'w': done = write(file, words[n + 1], strlen(words[n + 1])); n++; break;
        case 't': done = ftruncate(file, atol(words[++n])); break;
        case 's': done = fdatasync(file); break;
        case 'r': done = rename(words[n + 1], words[n + 2]); n += 2; break;
        case 'u': done = unlink(words[++n]); break;
        case 'm': done = mkdir(words[++n], 0700); break;
        }
        if (done < 0) { perror(word); return n; }
    }
    return 0;
}
";

struct Scene {
    folder: tempfile::TempDir,
    tools: tempfile::TempDir,
    faults: Faults,
}

impl Scene {
    fn new() -> Self {
        let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let source = tools.path().join("program.c");
        fs::write(&source, PROGRAM).unwrap();
        let program = tools.path().join("program");
        assert!(Command::new("cc").arg("-o").args([&program, &source]).status().unwrap().success());
        let faults = Faults::below(folder.path()).unwrap().recording();
        Self { folder, tools, faults }
    }

    fn run(&self, words: &str) -> Output {
        Command::new(self.tools.path().join("program"))
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .envs(self.faults.environment())
            .output()
            .unwrap()
    }

    fn done(&self, words: &str) {
        let output = self.run(words);
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn operations(&self) -> Vec<Operation> {
        Journal::open(&self.faults.journal()).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// The disk after the power was lost at the end.
    fn crash(&self, before: Disk, survival: Survival) -> Image {
        let mut disk = before;
        disk.follow(Journal::open(&self.faults.journal()).unwrap()).unwrap();
        disk.crash(survival, &mut Rng::with_seed(1))
    }

    fn disk(&self) -> Disk {
        Disk::of(self.folder.path()).unwrap()
    }
}

fn text<'a>(image: &'a Image, path: &Path) -> Option<&'a str> {
    image.files.get(path).map(|(_, bytes)| std::str::from_utf8(bytes).unwrap())
}

#[test]
fn what_a_program_does_is_recorded_in_its_order() {
    let scene = Scene::new();
    scene.done("open a write one sync dir . sync rename a b mkdir e unlink b");
    let operations = scene.operations();
    let [path_a, path_b] = ["a", "b"].map(|name| scene.path(name));
    let expected = [
        Kind::Create(path_a.clone()),
        Kind::Write { offset: 0, bytes: b"one".into() },
        Kind::SyncBegin,
        Kind::SyncEnd(true),
        Kind::SyncBegin,
        Kind::SyncEnd(true),
        Kind::Rename(path_a, path_b.clone()),
        Kind::MakeFolder(scene.path("e")),
        Kind::Unlink(path_b),
    ];
    assert!(operations.iter().map(|operation| &operation.kind).eq(&expected), "{operations:?}");
    assert!(operations.is_sorted_by_key(|operation| operation.at));
    assert!(operations[0].inode == operations[3].inode && operations[0].inode != operations[4].inode);
}

#[test]
fn a_power_loss_keeps_what_was_synced_and_nothing_else() {
    let scene = Scene::new();
    let before = scene.disk();
    scene.done("open a write one sync write two dir . sync open b write three sync");
    let image = scene.crash(before, Survival::Nothing);
    assert_eq!(text(&image, &scene.path("a")), Some("one"));
    assert_eq!(text(&image, &scene.path("b")), None, "its folder was not synced");
    let image = scene.disk().synced();
    assert_eq!(text(&image, &scene.path("a")), Some("onetwo"), "what was there before is on disk");
}

#[test]
fn a_kill_keeps_everything() {
    let scene = Scene::new();
    let before = scene.disk();
    scene.done(
        "open a write one open b write three truncate 2 mkdir e open e/c write c rename b e/b unlink a",
    );
    let image = scene.crash(before, Survival::Everything);
    assert_eq!(image.folders, [scene.path("e")]);
    assert_eq!(text(&image, &scene.path("e/b")), Some("th"));
    assert_eq!(text(&image, &scene.path("e/c")), Some("c"));
    assert_eq!(image.files.len(), 2);
}

#[test]
fn a_folder_that_its_parent_has_not_is_lost_with_all_that_is_in_it() {
    let scene = Scene::new();
    let before = scene.disk();
    scene.done("mkdir e open e/c write c sync dir e sync");
    assert_eq!(scene.crash(before, Survival::Nothing), Image::default());
    let scene = Scene::new();
    let before = scene.disk();
    scene.done("mkdir e open e/c write c sync dir e sync dir . sync");
    assert_eq!(scene.crash(before, Survival::Nothing).files.len(), 1);
}

#[test]
fn a_rename_of_a_folder_moves_what_is_in_it() {
    let scene = Scene::new();
    let before = scene.disk();
    scene.done("mkdir e open e/c write c sync dir e sync dir . sync rename e f open f/d write d sync");
    let image = scene.crash(before, Survival::Nothing);
    assert!(image.files.keys().eq([&scene.path("e/c")]), "{:?}", image.files.keys());
    let scene = Scene::new();
    let before = scene.disk();
    scene.done("mkdir e open e/c write c sync dir e sync rename e f open f/d write d sync dir . sync");
    let image = scene.crash(before, Survival::Nothing);
    assert!(image.files.keys().eq([&scene.path("f/c")]), "{:?}", image.files.keys());
    scene.done("dir f sync");
    let everything = scene.disk().crash(Survival::Everything, &mut Rng::with_seed(1));
    assert!(everything.files.keys().eq([&scene.path("f/c"), &scene.path("f/d")]));
}

#[test]
fn a_name_that_was_given_anew_is_not_taken_away_by_an_earlier_rename() {
    let scene = Scene::new();
    let mut disk = scene.disk();
    // The sync of the folder that the first file has left makes both renames durable; the other folder is not synced.
    scene.done("mkdir old open a write old sync open b write new sync rename a old/a rename b a dir . sync");
    disk.follow(Journal::open(&scene.faults.journal()).unwrap()).unwrap();
    for survival in [Survival::Nothing, Survival::Everything] {
        let image = disk.crash(survival, &mut Rng::with_seed(1));
        assert_eq!(text(&image, &scene.path("a")), Some("new"));
        assert_eq!(text(&image, &scene.path("old/a")), Some("old"));
    }
}

#[test]
fn some_sectors_survive_whole_or_not_at_all() {
    let scene = Scene::new();
    let before = || {
        fs::write(scene.path("a"), vec![b'-'; 4096]).unwrap();
        scene.disk()
    };
    let disk = before();
    // The write covers a part of the first and of the last sector.
    let written = "x".repeat(2000);
    scene.done(&format!("open a write ++++++++++ write {written}"));
    let operations = scene.operations();
    let mut disk = disk;
    for operation in operations {
        disk.apply(operation);
    }
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        for survival in [Survival::Scattered(false), Survival::Beginning] {
            let image = disk.crash(survival, &mut Rng::with_seed(seed));
            let bytes = &image.files[&scene.path("a")].1;
            assert_eq!(bytes.len(), 4096);
            let new = |range: std::ops::Range<usize>| {
                let part = &bytes[range];
                assert!(part.iter().all(|byte| *byte == part[0]), "a sector is torn");
                part[0] != b'-'
            };
            let kept = [new(0..10), new(10..512), new(512..1024), new(1024..1536), new(1536..2010)];
            if survival == Survival::Beginning {
                assert!(kept.is_sorted_by(|earlier, later| earlier >= later), "{kept:?}");
            }
            seen.insert(kept);
        }
    }
    assert!(seen.len() > 20, "{}", seen.len());
}

#[test]
fn a_file_that_grew_may_hold_garbage_where_its_bytes_were_not_written() {
    let scene = Scene::new();
    fs::write(scene.path("a"), "").unwrap();
    let mut disk = scene.disk();
    scene.done(&format!("open a write {}", "x".repeat(4096)));
    for operation in scene.operations() {
        disk.apply(operation);
    }
    let bytes = |seed| {
        disk.crash(Survival::Scattered(true), &mut Rng::with_seed(seed)).files[&scene.path("a")].1.clone()
    };
    assert!((0..50).any(|seed| bytes(seed).contains(&0xA5)));
    assert!((0..50).all(|seed| bytes(seed).iter().all(|byte| matches!(byte, b'x' | 0xA5))));
}

#[test]
fn a_failed_sync_makes_nothing_durable_and_a_later_one_does_not_help() {
    let scene = Scene::new();
    fs::write(scene.path("parlor.db-wal"), "").unwrap();
    let disk = scene.disk();
    scene.faults.fail_syncs(Some((DiskError::Broken, Files::Wal))).unwrap();
    let failed = scene.run("open parlor.db-wal write one sync");
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stderr).contains("Input/output error"));
    scene.done("open parlor.db sync");
    scene.faults.fail_syncs(None).unwrap();
    scene.done("open parlor.db-wal sync");
    let counts = scene.faults.counts().unwrap();
    assert_eq!((counts.syncs, counts.failed_syncs, counts.failed_writes), (3, 1, 0));
    let image = scene.crash(disk, Survival::Nothing);
    assert_eq!(text(&image, &scene.path("parlor.db-wal")), Some(""));
}

#[test]
fn a_full_disk_takes_what_fits_and_what_is_written_over() {
    let scene = Scene::new();
    scene.faults.leave_room(Some(4)).unwrap();
    let full = scene.run("open a write one write two write three");
    assert!(String::from_utf8_lossy(&full.stderr).contains("No space left on device"));
    assert_eq!(fs::read_to_string(scene.path("a")).unwrap(), "onet");
    scene.done("open a write new");
    scene.faults.leave_room(None).unwrap();
    scene.done("open b write three");
    scene.faults.fail_writes(Some((DiskError::Quota, Files::All))).unwrap();
    assert!(String::from_utf8_lossy(&scene.run("open b write x").stderr).contains("quota"));
    assert_eq!(scene.faults.counts().unwrap().failed_writes, 2);
}

#[test]
fn an_image_is_put_on_the_inodes_that_the_files_had() {
    let scene = Scene::new();
    let disk = scene.disk();
    scene.done("open a write one sync mkdir e open e/b write two sync dir e sync dir . sync unlink a");
    fs::write(scene.path("other"), "is not in the image").unwrap();
    let links = tempfile::tempdir_in(scene.folder.path().parent().unwrap()).unwrap();
    let inodes = Inodes::keep(scene.folder.path(), &links.path().join("links")).unwrap();
    let image = scene.crash(disk, Survival::Nothing);
    for _ in 0..2 {
        inodes.put(&image, &scene.path("")).unwrap();
        assert_eq!(fs::read_to_string(scene.path("a")).unwrap(), "one");
        assert!(!scene.path("other").exists());
        let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(scene.path("e/b")).unwrap());
        assert_eq!(image.files[&scene.path("e/b")], (inode, b"two".into()));
        fs::remove_file(scene.path("e/b")).unwrap();
    }
}
