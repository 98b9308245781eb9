//! The scenarios. To add one, write a module with a `run` function and give it a line in [`SCENARIOS`].

mod cuts;
mod drain;
mod frozen;
mod kill;
mod long_day;
mod slow_readers;

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
];

/// What all these clients have done, added up.
fn sum(clients: &[Client], count: fn(&Progress) -> usize) -> usize {
    clients.iter().map(|client| count(client.progress())).sum()
}
