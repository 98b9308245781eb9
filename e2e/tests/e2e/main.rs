//! The release binary, driven through real browsers: a file for each behaviour.

mod crash;
mod cut;
mod hostile;
mod reload;
mod talk;
