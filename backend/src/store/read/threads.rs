//! Threads for reads and for searches. The memory that a thread has taken stays with its allocator, for the largest of what it has
//! done. So there are no more threads than reads at a time, and the one that was free last is taken first: where few reads meet, few
//! threads take memory.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak, mpsc},
    thread,
};

use parking_lot::Mutex;

type Job = Box<dyn FnOnce() + Send>;

/// They end when this is dropped. What no thread was free for until then is not done.
pub(super) struct Threads(Arc<Mutex<Work>>);

#[derive(Default)]
struct Work {
    /// What no thread was free for.
    waiting: VecDeque<Job>,
    /// The threads that have nothing to do, the one that was free last at the end.
    free: Vec<mpsc::Sender<Job>>,
}

impl Threads {
    pub(super) fn start(name: &str, count: usize) -> io::Result<Self> {
        let work = Arc::new(Mutex::new(Work::default()));
        for _ in 0..count {
            let work = Arc::downgrade(&work);
            thread::Builder::new().name(name.into()).spawn(move || do_jobs(&work))?;
        }
        Ok(Self(work))
    }

    /// Does something as soon as a thread is free.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut work = self.0.lock();
        let job: Job = Box::new(job);
        match work.free.pop() {
            // The thread waits for it, for as long as the sender lives.
            Some(thread) => drop(thread.send(job)),
            None => work.waiting.push_back(job),
        }
    }
}

fn do_jobs(work: &Weak<Mutex<Work>>) {
    loop {
        let Some(shared) = work.upgrade() else { return };
        let (sender, given) = mpsc::channel();
        let waiting = {
            let mut work = shared.lock();
            let waiting = work.waiting.pop_front();
            if waiting.is_none() {
                work.free.push(sender);
            }
            waiting
        };
        drop(shared);
        let Some(job) = waiting.or_else(|| given.recv().ok()) else { return };
        // Who waits for a read that has panicked is told so, and the thread goes on.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, time::Duration};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn one_job_after_the_other_is_done_by_one_thread() {
        let threads = Threads::start("test", 4).unwrap();
        let mut ids = Vec::new();
        for _ in 0..20 {
            let (done, was_done) = mpsc::channel();
            threads.run(move || done.send(thread::current().id()).unwrap());
            ids.push(was_done.recv_timeout(PATIENCE).unwrap());
            // It is free again a moment after its answer.
            thread::sleep(Duration::from_millis(5));
        }
        ids.dedup();
        assert!(ids.len() <= 3, "{ids:?}");
    }

    #[test]
    fn jobs_are_done_together_and_wait_for_a_free_thread_whatever_panics() {
        let threads = Threads::start("test", 2).unwrap();
        for _ in 0..3 {
            threads.run(|| panic!("on purpose"));
        }
        let (meeting, (done, was_done)) = (Arc::new(Barrier::new(2)), mpsc::channel());
        for n in 0..6 {
            let (meeting, done) = (Arc::clone(&meeting), done.clone());
            threads.run(move || {
                meeting.wait();
                done.send(n).unwrap();
            });
        }
        let mut all: Vec<i32> = (0..6).map(|_| was_done.recv_timeout(PATIENCE).unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4, 5]);
    }
}
