//! Editing of typed text: the composer of `chat`, the line editor of `wire`, and the history of both.

mod composer;
mod history;
mod line;

pub(crate) use composer::Composer;
pub(crate) use history::History;
pub(crate) use line::{Input, LineEditor};
