//! The release binary, driven through real browsers: a file for each behaviour.

mod burst;
mod crash;
mod cut;
mod history;
mod hostile;
mod reload;
mod talk;
