//! The scenarios. To add one, write a module with a `run` function and give it a line in [`SCENARIOS`].

mod backups;
mod cuts;
mod damage;
mod disk_full;
mod drain;
mod frozen;
mod fsync_error;
mod group;
mod kill;
mod long_day;
mod power;
mod slow_disk;
mod slow_readers;
mod sync_order;

use std::pin::Pin;

use anyhow::Result;

use crate::{
    client::{Client, Progress},
    figures::Figures,
    run::Run,
};

/// A scenario at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Figures>> + Send + 'a>>;

/// Something bad that is done to the server, and what must hold all the same.
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is done, in one line.
    pub about: &'static str,
    /// Whether it mostly waits for a time of the protocol. The short variant then runs beside the other scenarios.
    pub waits: bool,
    /// Does it. An error means that it could not be done; what was found is in the figures.
    pub run: for<'a> fn(&'a Run) -> Running<'a>,
}

/// All scenarios, in the order in which they run.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kill",
        about: "kill -9 at random moments under load, with readers that resume",
        waits: false,
        run: |run| Box::pin(kill::run(run)),
    },
    Scenario {
        name: "cuts",
        about: "connections that are dropped, frozen, slowed and split at any byte",
        waits: false,
        run: |run| Box::pin(cuts::run(run)),
    },
    Scenario {
        name: "drain",
        about: "SIGTERM with many clients under load, and a restart: no herd",
        waits: false,
        run: |run| Box::pin(drain::run(run)),
    },
    Scenario {
        name: "slow-readers",
        about: "readers that stop reading, in a busy room",
        waits: false,
        run: |run| Box::pin(slow_readers::run(run)),
    },
    Scenario {
        name: "long-day",
        about: "everything at once, and a kill now and then: nothing grows",
        waits: false,
        run: |run| Box::pin(long_day::run(run)),
    },
    Scenario {
        name: "frozen",
        about: "peers that are silent: each side notices the other",
        waits: true,
        run: |run| Box::pin(frozen::run(run)),
    },
    Scenario {
        name: "power",
        about: "the power is lost at many moments, and what was not synced is gone",
        waits: false,
        run: |run| Box::pin(power::run(run)),
    },
    Scenario {
        name: "sync-order",
        about: "strace sees that nothing of a message is sent before it is synced",
        waits: false,
        run: |run| Box::pin(sync_order::run(run)),
    },
    Scenario {
        name: "disk-full",
        about: "the disk is full for a while",
        waits: false,
        run: |run| Box::pin(disk_full::run(run)),
    },
    Scenario {
        name: "fsync-error",
        about: "a sync fails, and the kernel forgets what was to be written",
        waits: false,
        run: |run| Box::pin(fsync_error::run(run)),
    },
    Scenario {
        name: "slow-disk",
        about: "each sync takes 100 ms, with 200 posters",
        waits: false,
        run: |run| Box::pin(slow_disk::run(run)),
    },
    Scenario {
        name: "damage",
        about: "files are damaged while no server runs",
        waits: false,
        run: |run| Box::pin(damage::run(run)),
    },
    Scenario {
        name: "backups",
        about: "the power is lost while a backup is made, and while one is restored",
        waits: false,
        run: |run| Box::pin(backups::run(run)),
    },
];

/// What all these clients have done, added up.
fn sum(clients: &[Client], count: fn(&Progress) -> usize) -> usize {
    clients.iter().map(|client| count(client.progress())).sum()
}
