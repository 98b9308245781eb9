//! A pseudo-terminal that runs a command and shows its screen.

use std::{
    io::{Read, Write},
    path::Path,
    process::Child,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};

use crate::server::{PARLOR, TIMEOUT, TestServer};

pub struct Screen {
    pty: Arc<Pty>,
    parser: Arc<Mutex<vt100::Parser>>,
    /// How often the bell rang.
    bells: Arc<AtomicUsize>,
    pub child: Child,
}

impl Screen {
    /// Runs a command at a server, by a user with a state folder of their own.
    pub fn open(server: &TestServer, user: &str, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::at(&server.url(), &server.folder.path().join(user), arguments, size)
    }

    /// Runs a command at any server.
    pub fn at(url: &str, state: &Path, arguments: &[&str], (rows, columns): (u16, u16)) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let child = Command::new(PARLOR)
            .args(arguments)
            .env_clear()
            .env("TERM", "xterm-256color")
            .env("PARLOR_URL", url)
            .env("XDG_STATE_HOME", state)
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let (reader, screen) = (Arc::clone(&pty), Arc::clone(&parser));
        let bells = Arc::new(AtomicUsize::new(0));
        let rung = Arc::clone(&bells);
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = (&*reader).read(&mut bytes) {
                let bells = String::from_utf8_lossy(&bytes[..read]).matches('\u{7}').count();
                rung.fetch_add(bells, Ordering::Relaxed);
                screen.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { pty, parser, bells, child }
    }

    pub fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        self.parser.lock().unwrap().screen_mut().set_size(rows, columns);
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    /// What is on the screen, without the space at the ends of its lines.
    pub fn text(&self) -> String {
        let contents = self.parser.lock().unwrap().screen().contents();
        contents.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    pub fn is_alternate(&self) -> bool {
        self.parser.lock().unwrap().screen().alternate_screen()
    }

    pub fn bells(&self) -> usize {
        self.bells.load(Ordering::Relaxed)
    }

    /// Waits for the end of the command. `None`: a signal killed it.
    pub fn exit_code(&mut self) -> Option<i32> {
        let by = Instant::now() + TIMEOUT;
        while Instant::now() < by {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the command did not end; the screen shows\n{}", self.text());
    }

    /// Waits until the screen shows something.
    pub fn await_text(&self, wanted: &str) -> String {
        self.await_that(wanted, |text| text.contains(wanted))
    }

    pub fn await_that(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let by = Instant::now() + TIMEOUT;
        loop {
            let text = self.text();
            if is_so(&text) {
                return text;
            }
            assert!(Instant::now() < by, "{what:?} is awaited, and the screen shows\n{text}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
