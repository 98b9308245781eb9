//! Threads for reads and for searches. The memory that a search takes stays with its thread's allocator, so there are as few as there
//! are searches at a time; those of the async runtime are many, and come and go.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use parking_lot::Mutex;

type Job = Box<dyn FnOnce() + Send>;

/// They end when this is dropped, after what was given to them.
pub(super) struct Threads(mpsc::Sender<Job>);

impl Threads {
    pub(super) fn start(name: &str, count: usize) -> io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..count {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(name.into()).spawn(move || {
                // The lock is given back before the job is done.
                while let Some(job) = { queue.lock().recv().ok() } {
                    // Who waits for a read that has panicked is told so, and the thread goes on.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            })?;
        }
        Ok(Self(jobs))
    }

    /// Does something as soon as a thread is free.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        // The threads live as long as this.
        let _ = self.0.send(Box::new(job));
    }
}
