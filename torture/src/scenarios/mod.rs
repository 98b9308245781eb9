//! The scenarios. To add one, write a module with a `run` function and give it a line in [`SCENARIOS`].

mod kill;
mod power;

use std::pin::Pin;

use anyhow::Result;

use crate::{figures::Figures, run::Run};

/// A scenario at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Figures>> + Send + 'a>>;

/// Something bad that is done to the server, and what must hold all the same.
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is done, in one line.
    pub about: &'static str,
    /// Does it. An error means that it could not be done; what was found is in the figures.
    pub run: for<'a> fn(&'a Run) -> Running<'a>,
}

/// All scenarios, in the order in which they run.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kill",
        about: "kill -9 at random moments under load, with readers that resume",
        run: |run| Box::pin(kill::run(run)),
    },
    Scenario {
        name: "power",
        about: "the power is lost at many moments, and what was not synced is gone",
        run: |run| Box::pin(power::run(run)),
    },
];
