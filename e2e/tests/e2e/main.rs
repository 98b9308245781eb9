//! The release binary, driven through real browsers: a file for each behaviour.

mod access;
mod burst;
mod console;
mod crash;
mod cut;
mod history;
mod hostile;
mod keys;
mod layout;
mod picture;
mod reload;
mod remarks;
mod talk;
mod unread;
